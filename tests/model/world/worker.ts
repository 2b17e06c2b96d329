import {
  createLane,
  createLeaseKeeper,
  createSuspectSlots,
  createSweep,
  type AttemptResult,
  type DeliverableNode,
  type DeliveryPolicy,
  type LaneEnd,
  type OutboundMessage,
  type Report,
} from '#core';
import type { Begun, Judge } from '../judge/judge.ts';
import type { Clock, Store, WorkerLanes } from '../store/store.ts';
import type { Breakage } from './breakage.ts';
import type { LaneJob, LaneJobs, TakenJob } from './lane-jobs.ts';
import { Cut, type Request, type Step, type Wire } from './wire.ts';

/** As in apps/worker, ms. */
const RENEWAL = 6_000;
const LOCK_RENEWAL = 5_000;

const SLOTS = 2;

export interface Surroundings {
  readonly clock: Clock;
  readonly store: Store;
  readonly jobs: LaneJobs;
  readonly wire: Wire;
  readonly judge: Judge;
  readonly report: Report;
  readonly policy: DeliveryPolicy;
  newToken(): string;
  readonly breakage: Breakage;
}

interface AttemptUnderWay {
  readonly begun: Begun;
  /** When its budget of time is used up, ms. */
  readonly deadline: number;
  end(outcome: Answer): void;
}

type Answer = 'success' | 'http-error' | 'timeout' | 'given-up';

/** A worker process: the real lane flow, its leases and its sweep, between a queue and a database that answer when they please. */
export interface Worker {
  readonly name: string;
  isFrozen: boolean;
  readonly isStopping: boolean;
  /** Nothing is left for it to do, and it was told to stop. */
  isGone(): boolean;
  /** It works on something: only then does it matter what befalls it. */
  isBusy(): boolean;
  canTake(): boolean;
  take(job: LaneJob): void;
  /** How each attempt under way ends while nobody interferes, and how else it can. */
  answers(isFailing: boolean): Step[];
  otherAnswers(isFailing: boolean): Step[];
  sweep(): void;
  stop(): void;
  /** Its attempts end with it. */
  die(): void;
  /** When the next of its timers rings, ms; `ring` lets those ring that are due. */
  nextTimer(): number;
  ring(): void;
  /** When the next attempt uses up its budget of time, ms. */
  nextDeadline(): number;
}

export function createWorker(name: string, surroundings: Surroundings): Worker {
  const { clock, jobs, judge, wire, report, policy, newToken, breakage } = surroundings;
  const { store } = surroundings;
  const ignoreCut = expectCut(judge);
  const attempts = new Set<AttemptUnderWay>();
  const stopping = new AbortController();
  const timers = { leases: clock.now + RENEWAL, locks: clock.now + LOCK_RENEWAL };
  const failures = new Map<string, number>();
  const held = new Set<TakenJob>();
  let sweeping = false;

  const ask = <Result>(request: Omit<Request<Result>, 'from' | 'to'>) =>
    wire.send<Result>({ from: name, to: 'database', ...request });
  const order = <Result>(what: string, effect: () => Result) =>
    wire.send<Result>({ from: name, to: 'queue', name: what, effect });
  const wake = (nodeIds: readonly string[]) => order(`wake ${nodeIds.join()}`, () => jobs.wake(nodeIds));

  const lanes = remoteLanes(name, surroundings);
  const leases = createLeaseKeeper(lanes, report);
  const suspects = createSuspectSlots(SLOTS / 2, (nodeId) => {
    wake([nodeId]).catch(ignoreCut);
  });
  const run = createLane({
    store: lanes,
    leases,
    suspects,
    // One worker always gives its place to others, the other never.
    hasFreeSlot: () => name === 'two',
    policy,
    newToken,
    now: () => clock.now,
    report,
    onAttempt: () => undefined,
    attempt: (_node, message) => attempt(message),
  });
  const sweepOnce = createSweep({
    dueNodes: () => ask({ name: 'find due nodes', effect: () => store.dueNodes() }),
    unqueued: (nodeIds) => order('look for their jobs', () => jobs.unqueued(nodeIds)),
    wake,
    report,
    onRepaired: () => undefined,
  });

  function attempt(message: OutboundMessage): Promise<AttemptResult | null> {
    const begun = judge.begins(message);
    return new Promise((resolve) => {
      const underWay: AttemptUnderWay = {
        begun,
        deadline: clock.now + policy.timeout * 1000,
        end(answer) {
          attempts.delete(underWay);
          const result = answer === 'given-up' ? null : resultOf(answer, clock.now);
          judge.ends(begun, result);
          resolve(result);
        },
      };
      attempts.add(underWay);
      if (breakage.recordsBeforeAnswer) resolve(resultOf('success', clock.now));
    });
  }

  /** As packages/queue runs a lane: what it throws is reported, and the lane comes again a little later each time. */
  async function runLane(nodeId: string): Promise<LaneEnd> {
    try {
      const end = await run(nodeId, stopping.signal);
      failures.delete(nodeId);
      return end;
    } catch (error) {
      ignoreCut(error);
      const failed = (failures.get(nodeId) ?? 0) + 1;
      failures.set(nodeId, failed);
      return { kind: 'later', seconds: Math.min(2 ** (failed - 1), 15) };
    }
  }

  async function work(job: TakenJob): Promise<void> {
    const end = await runLane(job.nodeId);
    try {
      await conclude(job, end);
    } catch (error) {
      // The job's lock runs out, and the stalled check gives it to someone.
      ignoreCut(error);
    } finally {
      held.delete(job);
    }
  }

  async function conclude(job: TakenJob, end: LaneEnd): Promise<void> {
    if (end.kind === 'idle') return void (await order(`finish ${job.nodeId}`, () => jobs.finish(job)));
    const delay = Math.ceil(end.seconds * 1000);
    const dueAt = clock.now + delay;
    const moved = await order(`delay ${job.nodeId} by ${delay} ms`, () => jobs.delay(job, delay > 0 ? dueAt : 'now'));
    if (moved && delay > 0 && breakage.looksAgain !== false) void lookAgain(job.nodeId);
  }

  /** As apps/worker does once a lane's job has been delayed. */
  async function lookAgain(nodeId: string): Promise<void> {
    if (suspects.isWaiting(nodeId)) return;
    try {
      const due = await ask({ name: `look at ${nodeId} again`, effect: () => store.haveDue([nodeId]) });
      if (due.length > 0) await wake([nodeId]);
    } catch (error) {
      ignoreCut(error);
      await wake([nodeId]).catch(ignoreCut);
    }
  }

  /** The ends that an attempt can have, the likely one first. */
  function endsOf({ deadline }: AttemptUnderWay, isFailing: boolean): readonly Answer[] {
    const givenUp = stopping.signal.aborted ? (['given-up'] as const) : [];
    if (clock.now >= deadline) return ['timeout', 'success', ...givenUp];
    return isFailing ? ['http-error', 'success', ...givenUp] : ['success', 'http-error', ...givenUp];
  }

  function endingSteps(isFailing: boolean, which: (ends: readonly Answer[]) => readonly Answer[]): Step[] {
    return [...attempts].flatMap((underWay) =>
      which(endsOf(underWay, isFailing)).map((answer) => ({
        name: `${name}: the attempt of ${underWay.begun.deliveryId} ends in ${answer}`,
        run: () => underWay.end(answer),
      })),
    );
  }

  return {
    name,
    isFrozen: false,
    get isStopping() {
      return stopping.signal.aborted;
    },
    isGone: () => stopping.signal.aborted && held.size === 0 && !sweeping,
    isBusy: () => held.size > 0 || sweeping,
    canTake: () => held.size < SLOTS && !stopping.signal.aborted,
    take(job) {
      const taken = jobs.take(job, name);
      held.add(taken);
      void work(taken);
    },
    answers: (isFailing) => endingSteps(isFailing, (ends) => ends.slice(0, 1)),
    otherAnswers: (isFailing) => endingSteps(isFailing, (ends) => ends.slice(1)),
    sweep() {
      sweeping = true;
      sweepOnce()
        .catch(ignoreCut)
        .finally(() => (sweeping = false));
    },
    stop: () => stopping.abort(),
    die: () => attempts.forEach(({ begun }) => judge.ends(begun, null)),
    nextTimer: () => Math.min(timers.leases, timers.locks),
    ring() {
      if (timers.locks <= clock.now) {
        timers.locks = clock.now + LOCK_RENEWAL;
        jobs.renewLocks(held);
      }
      if (timers.leases <= clock.now) {
        timers.leases = clock.now + RENEWAL;
        if (leases.held > 0) void leases.renew();
      }
    },
    nextDeadline: () => Math.min(...[...attempts].map(({ deadline }) => deadline)),
  };
}

function resultOf(outcome: 'success' | 'http-error' | 'timeout', endedAt: number): AttemptResult {
  const status = { success: 200, 'http-error': 500, timeout: null }[outcome];
  return { outcome, status, error: null, body: null, retryAfter: null, duration: 1, endedAt };
}

/** A cut is an expected end; anything else that is thrown is a finding. */
export function expectCut(judge: Judge): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof Cut)) judge.finds(`thrown: ${error instanceof Error ? error.stack : String(error)}`);
  };
}

/** The lane store as a worker reaches it, with what the judge must know of each call. */
function remoteLanes(name: string, { clock, store, wire, judge }: Surroundings): WorkerLanes {
  const ignoreCut = expectCut(judge);
  let sentAt = 0;
  const lanes = store.lanes(name, () => sentAt);

  function ask<Result>(what: string, effect: () => Promise<Result>, after?: (result: Result) => void | Promise<void>) {
    return wire.send<Result>({
      from: name,
      to: 'database',
      name: what,
      effect(at) {
        sentAt = at;
        return effect();
      },
      ...(after && { after }),
    });
  }

  return {
    take: (nodeId, token) =>
      ask(
        `take ${nodeId}`,
        async () => {
          const lane = await lanes.take(nodeId, token);
          // The judge tells runs apart by the node object that each takes.
          return lane.kind === 'taken' && lane.node !== null ? { ...lane, node: { ...lane.node } } : lane;
        },
        (lane) => {
          if (lane.kind === 'taken') judge.leased(lane.lease, lane.node);
        },
      ),
    readDue: (node, most) =>
      ask(
        `read ${node.id}`,
        () => lanes.readDue(node, most),
        // The lane hands on the node that it took.
        (due) => judge.read(node as DeliverableNode, due),
      ),
    async record(result) {
      const what = `record ${result.delivery.id} ${result.decision.state}`;
      for (let answer: Awaited<ReturnType<typeof lanes.record>> | undefined; ;) {
        try {
          return await ask(
            what,
            // A repeat of one that was done answers what that one did.
            async () => (answer === undefined ? (answer = await lanes.record(result)) : answer),
            () => judge.records(result),
          );
        } catch (error) {
          ignoreCut(error);
        }
      }
    },
    release: (lease, state) =>
      ask(
        `release ${lease.nodeId}`,
        () => lanes.release(lease, state),
        () => judge.released({ lease, isSuspect: state.suspect }),
      ),
    cancelOrphans: (nodeId) =>
      ask(
        `cancel orphans of ${nodeId}`,
        () => lanes.cancelOrphans(nodeId),
        () => judge.changed('cancel'),
      ),
    renew: (leases) =>
      ask(
        `renew ${leases.map(({ nodeId }) => nodeId).join()}`,
        () => lanes.renew(leases),
        () => leases.forEach((lease) => lease.coveredUntil > clock.now && judge.renewed(lease)),
      ),
  };
}
