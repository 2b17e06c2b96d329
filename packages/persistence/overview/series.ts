import { emptyBins, quantileOf } from './tally-bins.ts';
import { HOUR, MINUTE } from '../sql/write-tallies.ts';

/** What happened over time, to one node or to all. */
export interface Series {
  /** The beginning of the first point. */
  readonly from: Date;
  /** Seconds that a point covers. */
  readonly step: number;
  /** One for each step, oldest first; the last is still filling. */
  readonly points: readonly SeriesPoint[];
}

export interface SeriesPoint {
  readonly at: Date;
  /** Messages accepted: from the node, where one is given. */
  readonly accepted: number;
  /** Deliveries made for the node, or for all. */
  readonly queued: number;
  /** Attempts that succeeded, and that failed. */
  readonly delivered: number;
  readonly failed: number;
  /** Deliveries that an attempt made frozen. */
  readonly frozen: number;
  /** Failed attempts by outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Milliseconds that half, and nineteen in twenty, of the attempts did not exceed; null without attempts. */
  readonly median: number | null;
  readonly p95: number | null;
}

/** As the tallies of one kind in one step are read. */
export interface TallyRow {
  readonly at: Date;
  readonly kind: string;
  readonly count: number;
  /** Of each tally its bins, as a list in text: arrays of different lengths can't be gathered otherwise. */
  readonly bins: readonly string[];
}

/** A chart has this many points at most: as many as can be told apart on a page. */
const MOST_POINTS = 180;

const STEPS = [60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400];

/** Seconds of a point, and the width of the tallies that it is summed up from, for a chart of so many seconds. */
export function resolutionOf(period: number): { readonly step: number; readonly width: number } {
  const step = STEPS.find((one) => period / one <= MOST_POINTS) ?? STEPS.at(-1) ?? HOUR;
  return { step, width: step < HOUR ? MINUTE : HOUR };
}

/** Puts tallies in the place of their steps, and zeros where there are none. */
export function seriesOf(
  rows: readonly TallyRow[],
  { period, step, now }: { period: number; step: number; now: Date },
): Series {
  const ms = step * 1_000;
  const last = Math.floor(now.getTime() / ms) * ms;
  const count = Math.floor(period / step);
  const byStep = new Map<number, TallyRow[]>();
  for (const row of rows) byStep.set(row.at.getTime(), [...(byStep.get(row.at.getTime()) ?? []), row]);
  const points = Array.from({ length: count }, (_, i) => {
    const at = last - (count - 1 - i) * ms;
    return pointOf(new Date(at), byStep.get(at) ?? []);
  });
  return { from: points[0]?.at ?? now, step, points };
}

const NO_OUTCOMES = new Set(['accepted', 'queued', 'frozen', 'success']);

function pointOf(at: Date, rows: readonly TallyRow[]): SeriesPoint {
  const countOf = (kind: string) => rows.find((row) => row.kind === kind)?.count ?? 0;
  const failures = rows.filter(({ kind }) => !NO_OUTCOMES.has(kind));
  const bins = sumBins(rows.filter(({ kind }) => kind === 'success' || !NO_OUTCOMES.has(kind)));
  return {
    at,
    accepted: countOf('accepted'),
    queued: countOf('queued'),
    delivered: countOf('success'),
    failed: failures.reduce((sum, { count }) => sum + count, 0),
    frozen: countOf('frozen'),
    outcomes: Object.fromEntries(failures.map(({ kind, count }) => [kind, count])),
    median: quantileOf(bins, 0.5),
    p95: quantileOf(bins, 0.95),
  };
}

function sumBins(rows: readonly TallyRow[]): number[] {
  const sum = emptyBins();
  for (const text of rows.flatMap(({ bins }) => bins)) {
    for (const [i, count] of text.split(',').entries()) sum[i] = (sum[i] ?? 0) + Number(count);
  }
  return sum;
}
