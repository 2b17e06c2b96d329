import type { Counts } from '../machine/counters.ts';
import { DESIGNS, type Aims, type Design, type Measured, type Scenario } from '../scenarios/scenario.ts';
import { spreadOf, type Spread } from './statistics.ts';

/** One round: each design once, shortly after one another. */
export type Round = Readonly<Record<'ours' | 'ceiling', Measured> & Partial<Record<'rowByRow', Measured>>>;

/** What one design costs, in the middle of its runs. */
export interface Cost {
  readonly perSecond: Spread;
  /** CPU µs for each message or delivery, by process. */
  readonly cpu: Readonly<Record<string, number>>;
  /** Bytes at most, of all runs. */
  readonly memory: Readonly<Record<string, number>>;
  /** For each message or delivery. */
  readonly counts: Counts;
  /** What else was seen, by name. */
  readonly also: Readonly<Record<string, number>>;
}

/** What came of a scenario. */
export interface Result {
  readonly scenario: string;
  readonly ceiling: string;
  readonly aims: Aims;
  readonly designs: Readonly<Record<'ours' | 'ceiling', Cost> & Partial<Record<'rowByRow', Cost>>>;
  /** Ours to the ceiling, and to row by row: of each round, since the machine is not the same in all of them. */
  readonly ratio: Spread;
  readonly times: Spread | null;
}

export function resultOf({ name, ceiling, aims }: Scenario, rounds: readonly Round[]): Result {
  const of = (design: Design) => rounds.flatMap((round) => round[design] ?? []);
  const designs = DESIGNS.flatMap((design) => (of(design).length === 0 ? [] : [[design, costOf(of(design))]]));
  const times = rounds.flatMap(({ ours, rowByRow }) => (rowByRow ? [ours.perSecond / rowByRow.perSecond] : []));
  return {
    scenario: name,
    ceiling,
    aims,
    designs: Object.fromEntries(designs) as Result['designs'],
    ratio: spreadOf(rounds.map(({ ours, ceiling }) => ours.perSecond / ceiling.perSecond)),
    times: times.length === 0 ? null : spreadOf(times),
  };
}

function costOf(runs: readonly Measured[]): Cost {
  const memory = byName(runs.map((run) => run.memory));
  return {
    perSecond: spreadOf(runs.map(({ perSecond }) => perSecond)),
    cpu: mapValues(byName(runs.map((run) => run.cpu)), (values) => spreadOf(values).median),
    memory: mapValues(memory, (values) => Math.max(...values)),
    also: mapValues(byName(runs.map((run) => run.also ?? {})), (values) => spreadOf(values).median),
    counts: mapValues(
      byName(runs.map((run) => ({ ...run.counts }))),
      (values) => spreadOf(values).median,
    ) as unknown as Counts,
  };
}

type Values = Readonly<Record<string, number>>;

function byName(runs: readonly Values[]): Record<string, number[]> {
  const names = Object.keys(runs[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, runs.map((run) => run[name] ?? NaN)]));
}

function mapValues(values: Readonly<Record<string, number[]>>, of: (values: number[]) => number) {
  return Object.fromEntries(Object.entries(values).map(([name, all]) => [name, of(all)]));
}
