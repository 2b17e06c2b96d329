import type { AttemptResult } from '../delivery/attempt.ts';
import { decideAfterAttempt, isBudgetSpent, type Decision } from '../delivery/decide-after-attempt.ts';
import type { LaneEnd } from '../delivery/lane-end.ts';
import { policyFor, type DeliveryPolicy } from '../delivery/policy.ts';
import { messageTypeOf, type OutboundMessage } from '../message/message.ts';
import type { DeliverableNode } from '../routing/node.ts';
import type { DueDelivery, LaneStore, Lease, Recorded, TakenLane } from './lane-store.ts';
import type { Report } from './report.ts';
import type { SuspectSlots } from './suspect-slots.ts';

/** A run gives its place to other nodes after this long, in ms, or after a batch. */
const SLICE = 1_000;

/** Seconds after which a lane that found no place among the suspect ones looks again, should nobody call it before. */
const NO_PLACE = 30;

export interface LaneOptions {
  store: LaneStore;
  attempt(node: DeliverableNode, message: OutboundMessage, options: { timeout: number }): Promise<AttemptResult>;
  /** The configuration's policy, which a node's own overrides. */
  policy: DeliveryPolicy;
  suspects: SuspectSlots;
  /** Keeps a lease renewed until it is let go. */
  leases: { add(lease: Lease): void; delete(lease: Lease): void };
  newToken(): string;
  /** Milliseconds on a clock that never jumps. */
  now(): number;
  report: Report;
  /** Told of each attempt, recorded: for metrics. */
  onAttempt?(fact: AttemptFact): void;
}

export interface AttemptFact {
  readonly node: DeliverableNode;
  readonly delivery: DueDelivery;
  readonly attempt: AttemptResult;
  readonly recorded: Recorded | null;
}

export interface Lane {
  /** Works through what is due for one node. An abort ends the run after the attempts that are under way. */
  run(nodeId: string, signal: AbortSignal): Promise<LaneEnd>;
}

/** One run's state: what ends it early, and what it learnt of the node. */
interface Run {
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

export function createLane(options: LaneOptions): Lane {
  const { store, suspects, leases, now, report } = options;
  /** Tokens of runs that failed before they could give their lease back: the next run goes on under the same lease. */
  const kept = new Map<string, string>();

  async function run(nodeId: string, signal: AbortSignal): Promise<LaneEnd> {
    const token = kept.get(nodeId) ?? options.newToken();
    kept.delete(nodeId);
    try {
      return await runUnder(token, nodeId, signal);
    } catch (error) {
      kept.set(nodeId, token);
      throw error;
    }
  }

  async function runUnder(token: string, nodeId: string, signal: AbortSignal): Promise<LaneEnd> {
    const lane = await store.take(nodeId, token);
    if (lane.kind === 'held') return { kind: 'later', seconds: lane.seconds };
    leases.add(lane.lease);
    try {
      return await runTaken(lane, signal);
    } finally {
      leases.delete(lane.lease);
    }
  }

  async function runTaken({ lease, node, suspect }: TakenLane, signal: AbortSignal): Promise<LaneEnd> {
    if (node === null) return cancelOrphans(lease);
    if (node.paused) return release(lease, suspect);
    if (suspect && !suspects.enter(node.id)) {
      const end = await release(lease, suspect);
      return end.kind === 'idle' ? end : { kind: 'later', seconds: Math.max(end.seconds, NO_PLACE) };
    }
    const policy = policyFor(options.policy, node);
    const state: Run = { node, lease, policy, signal, timeouts: 0, answered: false, suspect, ended: false };
    try {
      await workSlice(state);
    } finally {
      if (suspect) suspects.leave();
    }
    return release(lease, state.suspect);
  }

  async function release(lease: Lease, suspect: boolean): Promise<LaneEnd> {
    const seconds = await store.release(lease, { suspect });
    return seconds === null ? { kind: 'idle' } : { kind: 'later', seconds: Math.max(seconds, 0) };
  }

  async function cancelOrphans(lease: Lease): Promise<LaneEnd> {
    const cancelled = await store.cancelOrphans(lease.nodeId);
    if (cancelled > 0) report.info('deliveries.cancelled', { node: lease.nodeId, cancelled, reason: 'the node was deleted' });
    return release(lease, false);
  }

  async function workSlice(run: Run): Promise<void> {
    const until = now() + SLICE;
    let room = run.policy.batch;
    while (room > 0 && now() < until && mayGoOn(run)) {
      const due = await store.readDue(run.node, room);
      if (due.length === 0) return;
      room -= due.length;
      await deliverAll(run, due);
    }
  }

  /** At most `concurrency` at a time, each recorded before its place is given to the next. */
  async function deliverAll(run: Run, due: readonly DueDelivery[]): Promise<void> {
    const rest = due.values();
    const place = async () => {
      while (mayGoOn(run)) {
        const next = rest.next();
        if (next.done === true) return;
        await deliver(run, next.value);
      }
    };
    const places = Array.from({ length: Math.min(run.policy.concurrency, due.length) }, place);
    // Nothing may still be under way when the lease is let go, so a failure waits for the others.
    for (const end of await Promise.allSettled(places)) {
      if (end.status === 'rejected') throw end.reason;
    }
    if (hasTimedOut(run)) await putOff(run, [...rest]);
  }

  async function deliver(run: Run, delivery: DueDelivery): Promise<void> {
    const { node, policy, lease } = run;
    if (isBudgetSpent(delivery.failures, policy.retry)) {
      const reason = `${delivery.failures} failed attempts, delivery.retry.max is now ${policy.retry.max}`;
      await store.record({ lease, delivery, decision: { state: 'frozen', reason }, attempt: null });
      return;
    }
    const attempt = await options.attempt(node, delivery.message, { timeout: policy.timeout });
    learn(run, attempt);
    const decision = decide(run, delivery, attempt);
    const recorded = await store.record({ lease, delivery, decision, attempt });
    if (node.ordering === 'fifo' && recorded?.state === 'pending') run.ended = true;
    options.onAttempt?.({ node, delivery, attempt, recorded });
  }

  /** What a wave of time-outs kept from being tried counts no attempt and falls due again after the fixed delay. */
  async function putOff(run: Run, untried: readonly DueDelivery[]): Promise<void> {
    const decision: Decision = { state: 'pending', delay: run.policy.retry.delay.fixed };
    report.warn('node.suspect', { node: run.node.id, timeouts: run.timeouts, putOff: untried.length });
    await Promise.all(untried.map((delivery) => store.record({ lease: run.lease, delivery, decision, attempt: null })));
  }

  /** Whether the lease still covers another attempt, and nothing has ended the run. */
  function mayGoOn(run: Run): boolean {
    return !run.ended && !run.signal.aborted && now() < run.lease.coveredUntil && !hasTimedOut(run);
  }

  return { run };
}

function decide({ node, policy }: Run, { failures, message }: DueDelivery, attempt: AttemptResult): Decision {
  const facts = { failures, protocol: node.protocol, messageType: messageTypeOf(message) };
  return decideAfterAttempt(facts, attempt, policy.retry);
}

/** A node is suspect from a run in which it only timed out until it answers anything. */
function learn(run: Run, attempt: AttemptResult): void {
  const timedOut = attempt.outcome === 'timeout';
  run.timeouts = timedOut ? run.timeouts + 1 : 0;
  run.answered ||= attempt.status !== null;
  if (run.answered) run.suspect = false;
  else if (timedOut) run.suspect = true;
}

function hasTimedOut({ timeouts, policy }: Run): boolean {
  return timeouts >= policy.concurrency;
}
