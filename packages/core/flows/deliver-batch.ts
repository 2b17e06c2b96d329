import type { AttemptResult } from '../delivery/attempt.ts';
import { decideAfterAttempt, isBudgetSpent, type Decision } from '../delivery/decide-after-attempt.ts';
import type { DeliveryPolicy } from '../delivery/policy.ts';
import { messageTypeOf, type OutboundMessage } from '../message/message.ts';
import type { DeliverableNode } from '../routing/node.ts';
import type { DueDelivery, LaneStore, Lease, Recorded } from './lane-store.ts';
import type { Report } from './report.ts';

export interface DeliverOptions {
  store: Pick<LaneStore, 'record'>;
  /** Null when this process gave it up to stop in time: whether the node got it is unknown. `timeout` in seconds. */
  attempt(node: DeliverableNode, message: OutboundMessage, options: { timeout: number }): Promise<AttemptResult | null>;
  /** Milliseconds on a clock that never jumps. */
  now(): number;
  report: Report;
  /** Told of each attempt once it is recorded. */
  onAttempt(fact: AttemptFact): void;
}

export interface AttemptFact {
  readonly node: DeliverableNode;
  readonly delivery: DueDelivery;
  readonly attempt: AttemptResult;
  readonly decision: Decision;
  /** Null when the delivery was gone by then. */
  readonly recorded: Recorded | null;
}

/** One run of a lane: what ends it early, and what it learnt of the node. */
export interface LaneRun {
  readonly node: DeliverableNode;
  readonly lease: Lease;
  readonly policy: DeliveryPolicy;
  readonly signal: AbortSignal;
  /** Attempts in a row that timed out. */
  timeouts: number;
  /** The node answered one of this run's attempts. */
  answered: boolean;
  suspect: boolean;
  ended: boolean;
}

/** Attempts what is due, at most `concurrency` at a time; each is recorded before its place goes to the next. */
export async function deliverBatch(options: DeliverOptions, run: LaneRun, due: readonly DueDelivery[]): Promise<void> {
  const rest = due.values();
  const place = async () => {
    while (mayGoOn(run, options.now())) {
      const next = rest.next();
      if (next.done === true) return;
      await deliver(options, run, next.value);
    }
  };
  const places = Array.from({ length: Math.min(run.policy.concurrency, due.length) }, place);
  // Nothing may still be under way when the lease is let go, so a failure waits for the others.
  for (const end of await Promise.allSettled(places)) {
    if (end.status === 'rejected') throw end.reason;
  }
  if (hasTimedOut(run)) await putOff(options, run, [...rest]);
}

/** Whether the lease still covers another attempt at `now`, and nothing has ended the run. */
export function mayGoOn(run: LaneRun, now: number): boolean {
  return !run.ended && !run.signal.aborted && now < run.lease.coveredUntil && !hasTimedOut(run);
}

async function deliver(options: DeliverOptions, run: LaneRun, delivery: DueDelivery): Promise<void> {
  const { node, policy, lease } = run;
  if (isBudgetSpent(delivery.failures, policy.retry)) {
    const reason = `${delivery.failures} failed attempts, delivery.retry.max is now ${policy.retry.max}`;
    await options.store.record({ lease, delivery, decision: { state: 'frozen', reason }, attempt: null });
    return;
  }
  const attempt = await options.attempt(node, delivery.message, { timeout: policy.timeout });
  if (attempt === null) {
    run.ended = true;
    return;
  }
  learn(run, attempt);
  const decision = decide(run, delivery, attempt);
  const recorded = await options.store.record({ lease, delivery, decision, attempt });
  if (node.ordering === 'fifo' && recorded?.state === 'pending') run.ended = true;
  options.onAttempt({ node, delivery, attempt, decision, recorded });
}

function decide({ node, policy }: LaneRun, { failures, message }: DueDelivery, attempt: AttemptResult): Decision {
  const facts = { failures, protocol: node.protocol, messageType: messageTypeOf(message) };
  return decideAfterAttempt(facts, attempt, policy.retry);
}

/** A node is suspect from a run in which it only timed out until it answers anything. */
function learn(run: LaneRun, attempt: AttemptResult): void {
  const timedOut = attempt.outcome === 'timeout';
  run.timeouts = timedOut ? run.timeouts + 1 : 0;
  run.answered ||= attempt.status !== null;
  if (run.answered) run.suspect = false;
  else if (timedOut) run.suspect = true;
}

function hasTimedOut({ timeouts, policy }: LaneRun): boolean {
  return timeouts >= policy.concurrency;
}

/** What a wave of time-outs kept from being tried counts no attempt and falls due again after the fixed delay. */
async function putOff({ store, report }: DeliverOptions, run: LaneRun, untried: readonly DueDelivery[]): Promise<void> {
  const { node, lease, policy } = run;
  const decision: Decision = { state: 'pending', delay: policy.retry.delay.fixed };
  report.warn('node.suspect', { node: node.id, timeouts: run.timeouts, putOff: untried.length });
  await Promise.all(untried.map((delivery) => store.record({ lease, delivery, decision, attempt: null })));
}
