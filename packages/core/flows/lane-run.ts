import type { DeliveryPolicy } from '../delivery/policy.ts';
import type { AttemptResult } from '../delivery/attempt.ts';
import type { DeliverableNode } from '../routing/node.ts';
import type { Lease, Recorded } from './lane-store.ts';

/** One run of a lane: what ends it early, and what it learnt of the node. */
export interface LaneRun {
  readonly node: DeliverableNode;
  readonly lease: Lease;
  /** Leases of the lane in a row that ran out before this one. */
  readonly uncleanEnds: number;
  readonly policy: DeliveryPolicy;
  readonly signal: AbortSignal;
  /** When it gives its place to other nodes, in ms on the clock of `now`. */
  until: number;
  /** Attempts in a row that timed out. */
  timeouts: number;
  /** The node answered one of this run's attempts. */
  answered: boolean;
  suspect: boolean;
  ended: boolean;
}

/** Whether nothing has ended the run at `now`, and the lease still covers another attempt. */
export function mayGoOn(run: LaneRun, now: number): boolean {
  return !run.ended && !run.signal.aborted && now < run.until && now < run.lease.coveredUntil && !hasTimedOut(run);
}

/** A node is suspect from a run in which it only timed out until it answers anything. */
export function learn(run: LaneRun, attempt: AttemptResult): void {
  const timedOut = attempt.outcome === 'timeout';
  run.timeouts = timedOut ? run.timeouts + 1 : 0;
  run.answered ||= attempt.status !== null;
  if (run.answered) run.suspect = false;
  else if (timedOut) run.suspect = true;
}

export function hasTimedOut({ timeouts, policy }: LaneRun): boolean {
  return timeouts >= policy.concurrency;
}

/** What a recording says ends the run: a recalled lane, and the head of a fifo one that is not out of the way. */
export function heed(run: LaneRun, recorded: Recorded | null): void {
  if (recorded === null) return;
  if (recorded.recalled || (run.node.ordering === 'fifo' && recorded.state === 'pending')) run.ended = true;
}
