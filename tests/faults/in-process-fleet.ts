import { randomBytes, randomUUID, randomFillSync } from 'node:crypto';
import {
  createAcceptMessages,
  createLane,
  createRegistry,
  createSuspectSlots,
  createSweep,
  createUuidV7,
  type Call,
  type DeliverOptions,
  type LaneStore,
  type MessageIntake,
  type RunLane,
} from '#core';
import { createNodeClient } from '#node-client';
import { createDueStore, createIntakeStore, createLaneStore, type Database } from '#persistence';
import { judge, readFinalState, recordingReport, type AcceptedRecord, type Verdict } from '#testkit';
import { digestOf, type Receivers } from './receivers.ts';

/** What is done wrongly: each wraps a port of the product's own flows. `died` aborts when the process is killed. */
export interface Breakage {
  intake?(intake: MessageIntake, fleet: Pick<InProcessFleet, 'wake'>, died: AbortSignal): MessageIntake;
  lanes?(store: LaneStore): LaneStore;
  attempt?(attempt: DeliverOptions['attempt'], died: AbortSignal): DeliverOptions['attempt'];
  /** A lane is not woken when its message is committed. */
  readonly wakes?: false;
  /** Nobody looks for what was lost. */
  readonly sweeps?: false;
}

/**
 * The product's flows on a real database and real sockets, in this process, so that a test can break one of them. Its queue is a list
 * of nodes to wake, its kill an abort: what a process had not done by then it never does.
 */
export interface InProcessFleet {
  /** Hands in so many messages, each to all of these nodes; resolves when they are answered. */
  send(count: number, nodes: readonly string[]): Promise<void>;
  /** Has lanes run; the wake-ups of a queue that was emptied do nothing. */
  wake(nodes: readonly string[]): Promise<void>;
  /** Two workers are given the same lane, as a queue does whose lock ran out. */
  wakeTwice(node: string): Promise<void>;
  loseWakeUps(): void;
  /** What was answered or recorded by now stays; what was only meant to be done is gone. */
  kill(): void;
  /** A new process: sweeps, if this build does, and works until nothing is to be done any more. */
  goOn(): Promise<void>;
  judge(): Promise<Verdict>;
}

const SENDER = 'sender';
const RETRY = { delay: { fixed: 1, progressive: 1 }, max: 4 };
const POLICY = { batch: 100, timeout: 5, concurrency: 4, retry: RETRY };

export function openInProcessFleet(
  { database, receivers, nodes }: { database: Database; receivers: Receivers; nodes: readonly string[] },
  breakage: Breakage = {},
): InProcessFleet {
  const accepted: AcceptedRecord[] = [];
  const report = recordingReport();
  const due = createDueStore(database);
  const registry = createRegistry([SENDER, ...nodes].map((id) => ({ id, did: null, subscriptions: [] })));
  let died = new AbortController();
  let isQueueLost = false;
  const lanesUnderWay = new Set<Promise<unknown>>();

  function worker(name: string, breaks: Breakage = breakage): RunLane {
    const client = createNodeClient({ allow: ['127.0.0.1'] });
    const { signal } = died;
    const store = createLaneStore({
      pool: database.pool,
      worker: name,
      openNode: (row) => ({ ...row, auth: { type: 'none' }, tls: undefined, secrets: [] }),
      report,
      now: () => performance.now(),
      signal,
    });
    const attempt: DeliverOptions['attempt'] = (node, message, options) => client.attempt(node, message, options);
    return createLane({
      store: breaks.lanes?.(store) ?? store,
      attempt: breaks.attempt?.(attempt, signal) ?? attempt,
      policy: POLICY,
      suspects: createSuspectSlots(4, () => undefined),
      hasFreeSlot: () => true,
      leases: { add: () => undefined, delete: () => undefined },
      newToken: randomUUID,
      now: () => performance.now(),
      report,
      onAttempt: () => undefined,
    });
  }

  /** Until the lane says that nothing is pending, or the process is dead. */
  async function workOff(run: RunLane, nodeId: string): Promise<void> {
    const { signal } = died;
    while (!signal.aborted) {
      const end = await run(nodeId, signal);
      if (end.kind === 'idle') return;
      await new Promise((resolve) => setTimeout(resolve, Math.min(end.seconds, 1) * 1_000));
    }
  }

  function keep(work: Promise<unknown>): Promise<unknown> {
    lanesUnderWay.add(work);
    return work.finally(() => lanesUnderWay.delete(work));
  }

  async function wake(woken: readonly string[], run = worker('one')): Promise<void> {
    if (!isQueueLost) await Promise.all(woken.map((node) => keep(workOff(run, node))));
  }

  const stored = createIntakeStore(database);
  const accept = createAcceptMessages({
    registry: { start: () => Promise.resolve(), current: () => registry, refresh: () => Promise.resolve(registry) },
    intake: breakage.intake?.(stored, { wake }, died.signal) ?? stored,
    waker: { later: (woken) => void (breakage.wakes !== false && keep(wake(woken))), idle: () => Promise.resolve() },
    nextId: createUuidV7({ now: Date.now, fill: randomFillSync }),
  });

  return {
    async send(count, to) {
      const payloads = Array.from({ length: count }, () => randomBytes(32));
      for (const payload of payloads) {
        const acceptance = await accept({ kind: 'node', nodeId: SENDER }, [callFor(payload, to)]);
        if (acceptance.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(acceptance)}`);
        const [message] = acceptance.messages;
        if (message !== undefined) accepted.push({ message: message.id, digest: digestOf(payload), nodes: to });
      }
    },
    wake: (woken) => wake(woken),
    async wakeTwice(node) {
      await Promise.all(['one', 'two'].map((name) => workOff(worker(name), node)));
    },
    loseWakeUps() {
      isQueueLost = true;
    },
    kill: () => died.abort(),
    async goOn() {
      await Promise.allSettled(lanesUnderWay);
      died = new AbortController();
      isQueueLost = false;
      if (breakage.sweeps === false) return;
      // The one that comes after is whole: what is to be found is what the broken one left.
      const heir = worker('heir', {});
      const wakeHeir = (woken: readonly string[]) => wake(woken, heir);
      const unqueued = (nodeIds: readonly string[]) => Promise.resolve(nodeIds);
      await createSweep({
        dueNodes: () => due.dueNodes(),
        unqueued,
        wake: wakeHeir,
        report,
        onRepaired: () => undefined,
      })();
    },
    async judge() {
      await Promise.allSettled(lanesUnderWay);
      await receivers.caughtUp();
      const isOurs = ({ node }: { readonly node: string }) => nodes.includes(node);
      const state = await readFinalState(database);
      const evidence = {
        accepted,
        received: receivers.records().filter(isOurs),
        state: { ...state, deliveries: state.deliveries.filter(isOurs) },
      };
      return judge(evidence, { duplicates: 0, retryOf: () => RETRY });
    },
  };
}

function callFor(payload: Buffer, destinations: readonly string[]): Call {
  return {
    senderId: null,
    type: 'test.fault',
    contentType: 'application/octet-stream',
    payload,
    recordedTime: null,
    eventType: null,
    attributes: null,
    origin: null,
    route: 'named',
    destinations,
  };
}
