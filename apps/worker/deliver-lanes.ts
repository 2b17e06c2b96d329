import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { hostname } from 'node:os';
import {
  createBatcher,
  createLane,
  createLeaseKeeper,
  createSealer,
  createSuspectSlots,
  type AttemptFact,
  type AttemptResult,
  type Config,
  type DeliverOptions,
  type Report,
  type RunLane,
  type SuspectSlots,
} from '#core';
import { createNodeClient, type NodeClient } from '#node-client';
import { cacheNodes, createLaneStore, openNode, type Database, type DueStore } from '#persistence';
import type { LaneQueue } from '#queue';
import { createWithoutQueue } from './without-queue.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

export interface DeliverLanesOptions {
  readonly config: Config;
  readonly secret: string;
  readonly database: Database;
  readonly due: DueStore;
  readonly queue: LaneQueue;
  readonly measured: WorkerMetrics;
  readonly report: Report;
}

export interface LaneDelivery {
  /** Whether lanes are being taken from the queue. */
  isRunning(): boolean;
  /** Lanes under lease now, and those of suspect nodes among them. */
  busy(): { lanes: number; suspects: number };
  /** Takes no more lanes and lets the attempts under way end, or gives them up in time. */
  stop(): Promise<void>;
}

/** Ms between renewals: two may fail before a lease of 20 s runs out. */
const RENEWAL = 6_000;

/** Ms after the order to stop at which attempts are given up, and at which recordings are: the contract gives 30 s in all. */
const GIVE_UP_ATTEMPTS = 20_000;
const GIVE_UP_RECORDINGS = 24_000;

/** Lanes whose last look shares a statement. */
const MOST_LOOKS = 500;

/** Delivers: lanes from the queue, or from the database while the queue is away. */
export function deliverLanes(options: DeliverLanesOptions): LaneDelivery {
  const { config, due, queue, report, measured } = options;
  const stopping = new AbortController();
  const giveUp = { attempts: new AbortController(), recordings: new AbortController() };
  // Every attempt under way listens to it.
  setMaxListeners(0, giveUp.attempts.signal);
  const client = createNodeClient({ allow: config.delivery.network.allow, ishare: config.security.ishare });
  const store = openLaneStore(options, giveUp.recordings.signal);
  const leases = createLeaseKeeper(store, report);
  const concurrency = config.delivery.startup.workers;
  const suspects = createSuspectSlots(Math.max(Math.floor(concurrency / 2), 1), (nodeId) => {
    queue.wake([nodeId]).catch((error: unknown) => report.warn('wake.failed', { nodes: 1, error }));
  });
  const occupied = countRunning();
  const run = createLane({
    store,
    leases,
    suspects,
    hasFreeSlot: () => occupied.count < concurrency,
    policy: config.delivery,
    attempt: attemptUntil(client, giveUp.attempts.signal),
    newToken: randomUUID,
    now: monotonic,
    report,
    onAttempt(fact) {
      measured.attempted(fact);
      reportAttempt(report, fact);
    },
  });
  const runInSlot: RunLane = (nodeId, signal) => occupied.during(run(nodeId, signal));
  const lanes = queue.consumeLanes({
    name: processName,
    concurrency,
    // Once stopping, a lane begins no more attempts: those under way have all the time there is.
    run: (nodeId) => runInSlot(nodeId, stopping.signal),
    afterDelay: lookAgain({ due, queue, suspects }),
  });
  const withoutQueue = createWithoutQueue({ concurrency, run: runInSlot, dueNodes: () => due.dueNodes(), report });
  queue.onUnreachable(() => withoutQueue.start());
  queue.onReachable(() => void withoutQueue.stop());
  const renewing = setInterval(() => void leases.renew(), RENEWAL);

  return {
    isRunning: () => lanes.isRunning(),
    busy: () => ({ lanes: leases.held, suspects: suspects.busy }),
    async stop() {
      stopping.abort();
      const timers = [
        setTimeout(() => giveUp.attempts.abort(), GIVE_UP_ATTEMPTS),
        setTimeout(() => giveUp.recordings.abort(), GIVE_UP_RECORDINGS),
      ];
      await Promise.all([lanes.close(giveUp.attempts.signal), withoutQueue.stop()]);
      clearInterval(renewing);
      await client.close();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** How many lanes are at work. */
function countRunning() {
  let count = 0;
  return {
    get count() {
      return count;
    },
    during<Result>(work: Promise<Result>): Promise<Result> {
      count += 1;
      return work.finally(() => {
        count -= 1;
      });
    },
  };
}

const monotonic = () => performance.now();

/** As an operator knows it: in leases, and in the list of workers. */
const processName = `${hostname()}:${process.pid}`;

function openLaneStore({ config, secret, database, report }: DeliverLanesOptions, signal: AbortSignal) {
  const { previousSecret } = config.security;
  const sealer = createSealer(previousSecret === undefined ? [secret] : [secret, previousSecret]);
  return createLaneStore({
    pool: database.pool,
    worker: processName,
    openNode: cacheNodes((row) => openNode(row, sealer)),
    report,
    now: monotonic,
    signal,
  });
}

/** Attempts that are given up when the process must be gone soon: nothing is known of them then, and nothing recorded. */
function attemptUntil(client: NodeClient, signal: AbortSignal): DeliverOptions['attempt'] {
  return async (node, message, { timeout }): Promise<AttemptResult | null> => {
    try {
      return await client.attempt(node, message, { timeout, signal });
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    }
  };
}

/** A wake-up that came while the lane was at its end was swallowed: once the lane is delayed, wakes it when something is due after all. */
function lookAgain({ due, queue, suspects }: { due: DueStore; queue: LaneQueue; suspects: SuspectSlots }) {
  const looks = createBatcher<string, boolean>({
    maxItems: MOST_LOOKS,
    async run(nodeIds) {
      const found = new Set(await due.haveDue([...new Set(nodeIds)]));
      return nodeIds.map((nodeId) => found.has(nodeId));
    },
  });
  return async (nodeId: string) => {
    // It has been told to wait for a place among the suspect, and will be called.
    if (suspects.isWaiting(nodeId)) return;
    if (await looks.submit(nodeId)) await queue.wake([nodeId]);
  };
}

/** A success is worth a line to who debugs; a failure, and what it leads to, to whoever runs this. */
function reportAttempt(report: Report, { node, delivery, attempt, decision, recorded }: AttemptFact): void {
  const succeeded = attempt.outcome === 'success';
  const facts = {
    message: delivery.message.id,
    delivery: delivery.id,
    node: node.id,
    number: recorded?.attempts,
    outcome: attempt.outcome,
    status: attempt.status,
    duration: Math.round(attempt.duration),
    error: attempt.error,
    state: recorded?.state,
    ...(decision.state === 'pending' && { delay: decision.delay }),
    ...(decision.state === 'frozen' && { reason: decision.reason }),
  };
  if (succeeded) report.debug('attempt.finished', facts);
  else report.info('attempt.finished', facts);
  if (decision.state === 'frozen' && recorded?.state === 'frozen') report.warn('delivery.frozen', facts);
}
