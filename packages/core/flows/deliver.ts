import type { AttemptResult } from '../delivery/attempt.ts';
import { decideAfterAttempt, isBudgetSpent, type Decision } from '../delivery/decide-after-attempt.ts';
import { crashRefusal, isRisky } from '../delivery/crash-risk.ts';
import { messageTypeOf, type OutboundMessage } from '../message/message.ts';
import type { DeliverableNode } from '../routing/node.ts';
import { heed, learn, mayGoOn, type LaneRun } from './lane-run.ts';
import type { DueDelivery, LaneStore, Recorded } from './lane-store.ts';
import type { Report } from './report.ts';

export interface DeliverOptions {
  store: Pick<LaneStore, 'mark' | 'record'>;
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

/** Makes one attempt, and records it; or settles it without one. */
export async function deliver(options: DeliverOptions, run: LaneRun, delivery: DueDelivery): Promise<void> {
  const { node, policy, lease } = run;
  const refusal = refusalOf(run, delivery);
  if (refusal !== null) return settle(options, run, delivery, { state: 'frozen', reason: refusal });
  const isMarked = isRisky(delivery, run);
  if (isMarked && !(await markUntilRecorded(options, run, delivery))) return;
  const attempt = await options.attempt(node, delivery.message, { timeout: policy.timeout });
  if (attempt === null) {
    run.ended = true;
    return isMarked ? settle(options, run, delivery, NOT_TRIED) : undefined;
  }
  learn(run, attempt);
  const decision = decide(run, delivery, attempt);
  const recorded = await options.store.record({ lease, delivery, decision, attempt });
  heed(run, recorded);
  options.onAttempt({ node, delivery, attempt, decision, recorded });
}

/** Why it gets no attempt any more. */
function refusalOf({ policy }: LaneRun, delivery: DueDelivery): string | null {
  if (!isBudgetSpent(delivery.failures, policy.retry)) return crashRefusal(delivery);
  return `${delivery.failures} failed attempts, delivery.retry.max is now ${policy.retry.max}`;
}

/** Records what becomes of a delivery without an attempt. */
async function settle(options: DeliverOptions, run: LaneRun, delivery: DueDelivery, decision: Decision): Promise<void> {
  const recorded = await options.store.record({ lease: run.lease, delivery, decision, attempt: null });
  heed(run, recorded);
  if (decision.state !== 'frozen' || recorded?.state !== 'frozen') return;
  const { node } = run;
  options.report.warn('delivery.frozen', { delivery: delivery.id, node: node.id, reason: decision.reason });
}

/** It is due as before. */
const NOT_TRIED: Decision = { state: 'pending', delay: 0 };

/** Marks a delivery that may take this process down. False when it is not to be attempted after all. */
async function markUntilRecorded(options: DeliverOptions, run: LaneRun, delivery: DueDelivery): Promise<boolean> {
  if (!(await options.store.mark(run.lease, delivery, run.policy.retry.delay.fixed))) {
    run.ended = true;
    return false;
  }
  if (mayGoOn(run, options.now())) return true;
  await settle(options, run, delivery, NOT_TRIED);
  return false;
}

function decide({ node, policy }: LaneRun, { failures, message }: DueDelivery, attempt: AttemptResult): Decision {
  const facts = { failures, protocol: node.protocol, messageType: messageTypeOf(message) };
  return decideAfterAttempt(facts, attempt, policy.retry);
}
