import type { AttemptOutcome } from '#core';
import { binOf, emptyBins } from './tally-bins.ts';

export interface CountedAttempt {
  readonly nodeId: string;
  readonly outcome: AttemptOutcome;
  /** Milliseconds. */
  readonly duration: number;
  readonly status: number | null;
  readonly error: string | null;
  /** It made its delivery frozen. */
  readonly frozen: boolean;
}

export interface Tally {
  /** Empty: of all nodes together. */
  readonly nodeId: string;
  readonly kind: string;
  count: number;
  /** Milliseconds, in sum. */
  duration: number;
  bins: readonly number[];
}

/** How a node was last heard of; moments in ms on the sheet's clock. */
export interface Standing {
  readonly nodeId: string;
  queued: number | null;
  success: number | null;
  failure: number | null;
  /** The first failure since the last success. */
  failing: number | null;
  last: Pick<CountedAttempt, 'outcome' | 'status' | 'error'> | null;
}

/** What happened since the last one was written. As large as the nodes that had something happen. */
export interface TallySheet {
  accepted(origin: string, receivers: readonly string[]): void;
  attempted(attempt: CountedAttempt): void;
  /** Takes in what a later sheet has. */
  add(later: TallySheet): void;
  isEmpty(): boolean;
  tallies(): Tally[];
  standings(): Standing[];
}

/** Of what takes no time, as what is queued: one message may be for ten thousand nodes. */
const NO_TIMES: readonly number[] = emptyBins();

/** Stands for all nodes together. */
const ALL = '';

export function createTallySheet(now: () => number): TallySheet {
  /** By kind, and then by node: there are few kinds. */
  const tallies = new Map<string, Map<string, Tally>>();
  const standings = new Map<string, Standing>();

  function tallyOf(nodeId: string, kind: string): Tally {
    let ofKind = tallies.get(kind);
    if (ofKind === undefined) tallies.set(kind, (ofKind = new Map()));
    let tally = ofKind.get(nodeId);
    if (tally === undefined) ofKind.set(nodeId, (tally = { nodeId, kind, count: 0, duration: 0, bins: NO_TIMES }));
    return tally;
  }
  function standingOf(nodeId: string): Standing {
    let standing = standings.get(nodeId);
    if (standing === undefined) {
      standing = { nodeId, queued: null, success: null, failure: null, failing: null, last: null };
      standings.set(nodeId, standing);
    }
    return standing;
  }
  function countTime(tally: Tally, duration: number, bin: number): void {
    tally.count += 1;
    tally.duration += duration;
    const bins = ownBins(tally);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }

  return {
    accepted(origin, receivers) {
      tallyOf(origin, 'accepted').count += 1;
      tallyOf(ALL, 'accepted').count += 1;
      tallyOf(ALL, 'queued').count += receivers.length;
      const moment = now();
      for (const receiver of receivers) {
        tallyOf(receiver, 'queued').count += 1;
        standingOf(receiver).queued = moment;
      }
    },
    attempted({ nodeId, outcome, duration, status, error, frozen }) {
      const bin = binOf(duration);
      for (const id of [nodeId, ALL]) {
        countTime(tallyOf(id, outcome), duration, bin);
        if (frozen) tallyOf(id, 'frozen').count += 1;
      }
      note(standingOf(nodeId), { outcome, status, error }, now());
    },
    add(later) {
      for (const { nodeId, kind, count, duration, bins } of later.tallies()) {
        const tally = tallyOf(nodeId, kind);
        tally.count += count;
        tally.duration += duration;
        if (bins === NO_TIMES) continue;
        const own = ownBins(tally);
        for (const [i, more] of bins.entries()) own[i] = (own[i] ?? 0) + more;
      }
      for (const standing of later.standings()) followed(standingOf(standing.nodeId), standing);
    },
    isEmpty: () => tallies.size === 0,
    tallies: () => [...tallies.values()].flatMap((ofKind) => [...ofKind.values()]),
    standings: () => [...standings.values()],
  };
}

function ownBins(tally: Tally): number[] {
  const bins = tally.bins === NO_TIMES ? emptyBins() : (tally.bins as number[]);
  tally.bins = bins;
  return bins;
}

function note(standing: Standing, last: NonNullable<Standing['last']>, moment: number): void {
  standing.last = last;
  if (last.outcome === 'success') {
    standing.success = moment;
    standing.failing = null;
  } else {
    standing.failure = moment;
    standing.failing ??= moment;
  }
}

function followed(standing: Standing, later: Standing): void {
  standing.queued = later.queued ?? standing.queued;
  standing.failure = later.failure ?? standing.failure;
  standing.failing = later.success === null ? (standing.failing ?? later.failing) : later.failing;
  standing.success = later.success ?? standing.success;
  standing.last = later.last ?? standing.last;
}
