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
  /** When it gives its place to other nodes, in ms on the clock of `now`. */
  until: number;
  /** Attempts in a row that timed out. */
  timeouts: number;
  /** The node answered one of this run's attempts. */
  answered: boolean;
  suspect: boolean;
  ended: boolean;
}

/** Attempts what is due, at most `concurrency` at a time; each is recorded before its place goes to the next. */
export async function deliverBatch(options: DeliverOptions, run: LaneRun, due: readonly DueDelivery[]): Promise<void> {
  const tried = await deliverWhilePossible(options, run, due);
  if (hasTimedOut(run)) await putOff(options, run, due.slice(tried));
}

/** Answers how many were begun, when none of them is under way any more: a failure too waits for the others. */
function deliverWhilePossible(options: DeliverOptions, run: LaneRun, due: readonly DueDelivery[]): Promise<number> {
  return new Promise((resolve, reject) => {
    let begun = 0;
    let underWay = 0;
    let failure: unknown;

    function begin(): void {
      for (let next = due[begun]; next !== undefined && mayBegin(run, underWay, options.now()); next = due[begun]) {
        begun += 1;
        underWay += 1;
        deliver(options, run, next).then(end, fail);
      }
      if (underWay > 0) return;
      if (failure === undefined) resolve(begun);
      else reject(failure);
    }
    function end(): void {
      underWay -= 1;
      begin();
    }
    function fail(error: unknown): void {
      failure ??= error;
      run.ended = true;
      end();
    }
    begin();
  });
}

/** After a time-out nothing is begun that would outlast a wave of them: what is under way says first whether the node still answers. */
function mayBegin(run: LaneRun, underWay: number, now: number): boolean {
  const { concurrency } = run.policy;
  if (underWay >= concurrency || !mayGoOn(run, now)) return false;
  return run.timeouts === 0 || run.timeouts + underWay < concurrency;
}

/** Whether nothing has ended the run at `now`, and the lease still covers another attempt. */
export function mayGoOn(run: LaneRun, now: number): boolean {
  return !run.ended && !run.signal.aborted && now < run.until && now < run.lease.coveredUntil && !hasTimedOut(run);
}

async function deliver(options: DeliverOptions, run: LaneRun, delivery: DueDelivery): Promise<void> {
  const { node, policy, lease } = run;
  if (isBudgetSpent(delivery.failures, policy.retry)) {
    const reason = `${delivery.failures} failed attempts, delivery.retry.max is now ${policy.retry.max}`;
    heed(run, await options.store.record({ lease, delivery, decision: { state: 'frozen', reason }, attempt: null }));
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
  heed(run, recorded);
  options.onAttempt({ node, delivery, attempt, decision, recorded });
}

/** What a recording says ends the run: a recalled lane, and the head of a fifo one that is not out of the way. */
function heed(run: LaneRun, recorded: Recorded | null): void {
  if (recorded === null) return;
  if (recorded.recalled || (run.node.ordering === 'fifo' && recorded.state === 'pending')) run.ended = true;
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
