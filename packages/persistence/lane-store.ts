import type {
  DeliverableNode,
  DeliveryResult,
  DeliveryState,
  DueDelivery,
  HeldLane,
  LaneStore,
  Lease,
  Recorded,
  Report,
  TakenLane,
} from '#core';
import { createBatcher } from '#core';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { isPassing } from './database-error.ts';
import type { NodeRow } from './stores/open-node.ts';
import { cancelOrphans } from './sql/due-nodes.ts';
import { readDue, readInTurn } from './sql/read-due.ts';
import { recordResults } from './sql/record-results.ts';
import { releaseLanes, renewLanes } from './sql/release-lanes.ts';
import { takeLanes } from './sql/take-lanes.ts';

/** Seconds that a lease lasts unless it is renewed. */
export const LEASE = 30;

/** Payload bytes that one lane reads at once. */
const MOST_BYTES = 2 * 1024 * 1024;

/** Lanes, and results, that one statement serves. */
const MOST_LANES = 64;
const MOST_RESULTS = 1000;

/** How long a recording waits before it tries again, in ms: doubled up to the last. */
const RETRY_FROM = 100;
const RETRY_TO = 2_000;

/** Pending deliveries of an unregistered node that one statement cancels. */
const MOST_ORPHANS = 1_000;

export interface LaneStoreOptions {
  readonly pool: pg.Pool;
  /** This process, as an operator knows it. */
  readonly worker: string;
  openNode(row: NodeRow): DeliverableNode;
  report: Report;
  /** Milliseconds on a clock that never jumps. */
  now(): number;
  /** Gives up recordings that still wait for the database. */
  signal: AbortSignal;
}

/** Also renews: one statement for all the leases of a process. */
export interface LeasingLaneStore extends LaneStore {
  /** Extends the leases given, and moves on or ends their `coveredUntil`. */
  renew(leases: readonly Lease[]): Promise<void>;
}

type TakenRow = Omit<NodeRow, 'id'> & {
  id: string | null;
  lane_id: string;
  taken: boolean;
  suspect: boolean | null;
  held_for: number | null;
};

interface DueRow {
  node_id: string;
  id: string;
  attempts: number;
  failures: number;
  message_id: string;
  source: string;
  sender_id: string | null;
  type: string;
  content_type: string;
  payload: Buffer;
  recorded_time: string | null;
  event_type: string | null;
  attributes: Record<string, string> | null;
  created_at: Date;
}

export function createLaneStore({ pool, worker, openNode, report, now, signal }: LaneStoreOptions): LeasingLaneStore {
  const taking = createBatcher<{ nodeId: string; token: string }, TakenLane | HeldLane>({
    maxItems: MOST_LANES,
    async run(lanes) {
      const coveredUntil = now() + LEASE * 1000;
      const { rows } = await pool.query<TakenRow>({
        name: 'take-lanes',
        text: takeLanes,
        values: [lanes.map((lane) => lane.nodeId), lanes.map((lane) => lane.token), worker, LEASE],
      });
      const byNode = new Map(rows.map((row) => [row.lane_id, row]));
      return lanes.map(({ nodeId, token }) => laneOf({ nodeId, token, coveredUntil }, byNode.get(nodeId)));
    },
  });

  function laneOf(lease: Lease, row: TakenRow | undefined): TakenLane | HeldLane {
    if (row === undefined || !row.taken) return { kind: 'held', seconds: Math.max(row?.held_for ?? 0, 0) };
    const node = row.id === null ? null : openNode({ ...row, id: row.id });
    return { kind: 'taken', lease, node, suspect: row.suspect ?? false };
  }

  const readers = {
    none: createReader('read-due', readDue),
    fifo: createReader('read-in-turn', readInTurn),
  };

  function createReader(name: string, text: string) {
    return createBatcher<{ nodeId: string; most: number }, DueDelivery[]>({
      maxItems: MOST_LANES,
      concurrency: 2,
      async run(lanes) {
        const { rows } = await pool.query<DueRow>({
          name,
          text,
          values: [lanes.map((lane) => lane.nodeId), lanes.map((lane) => lane.most), MOST_BYTES],
        });
        const byNode = new Map<string, DueDelivery[]>(lanes.map((lane) => [lane.nodeId, []]));
        for (const row of rows) byNode.get(row.node_id)?.push(dueDelivery(row));
        return lanes.map((lane) => byNode.get(lane.nodeId) ?? []);
      },
    });
  }

  const recording = createBatcher<DeliveryResult, Recorded | null>({
    maxItems: MOST_RESULTS,
    concurrency: 2,
    run: (results) => recordUntilDone(results),
  });

  /** A lost connection is not a death: what happened is recorded when the database is back. */
  async function recordUntilDone(results: readonly DeliveryResult[]): Promise<(Recorded | null)[]> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await record(results, tries > 0);
      } catch (error) {
        if (!isPassing(error) || signal.aborted) throw error;
        report.warn('results.waiting', { results: results.length, tries: tries + 1, error });
        await sleep(Math.min(RETRY_FROM * 2 ** tries, RETRY_TO), undefined, { signal });
      }
    }
  }

  async function record(results: readonly DeliveryResult[], isRepeat: boolean): Promise<(Recorded | null)[]> {
    const { rows } = await pool.query<{ id: string; attempts: number; state: DeliveryState; standing: boolean }>({
      name: 'record-results',
      text: recordResults,
      values: [...columnsOf(results, now()), isRepeat],
    });
    const byId = new Map(rows.map((row) => [row.id, row]));
    return results.map(({ delivery, lease }) => {
      const row = byId.get(delivery.id);
      if (row === undefined) return null;
      if (!row.standing) lease.coveredUntil = 0;
      return { state: row.state, attempts: row.attempts, standing: row.standing };
    });
  }

  const releasing = createBatcher<{ lease: Lease; suspect: boolean }, number | null>({
    maxItems: MOST_LANES,
    async run(lanes) {
      const { rows } = await pool.query<{ node_id: string; due_in: number | null }>({
        name: 'release-lanes',
        text: releaseLanes,
        values: [
          lanes.map(({ lease }) => lease.nodeId),
          lanes.map(({ lease }) => lease.token),
          lanes.map(({ suspect }) => suspect),
        ],
      });
      const byNode = new Map(rows.map((row) => [row.node_id, row.due_in]));
      return lanes.map(({ lease }) => byNode.get(lease.nodeId) ?? null);
    },
  });

  return {
    take: (nodeId, token) => taking.submit({ nodeId, token }),
    readDue: (node, most) => readers[node.ordering].submit({ nodeId: node.id, most }),
    record: (result) => recording.submit(result),
    release: (lease, { suspect }) => releasing.submit({ lease, suspect }),
    async renew(leases) {
      if (leases.length === 0) return;
      const coveredUntil = now() + LEASE * 1000;
      const { rows } = await pool.query<{ token: string }>({
        name: 'renew-lanes',
        text: renewLanes,
        values: [leases.map(({ token }) => token), LEASE, leases.map(({ nodeId }) => nodeId)],
      });
      const standing = new Set(rows.map(({ token }) => token));
      for (const lease of leases) lease.coveredUntil = standing.has(lease.token) ? coveredUntil : 0;
    },
    async cancelOrphans(nodeId) {
      for (let cancelled = 0; ;) {
        const { rowCount } = await pool.query(cancelOrphans, [nodeId, MOST_ORPHANS]);
        cancelled += rowCount ?? 0;
        if ((rowCount ?? 0) < MOST_ORPHANS) return cancelled;
      }
    },
  };
}

function dueDelivery(row: DueRow): DueDelivery {
  return {
    id: row.id,
    attempts: row.attempts,
    failures: row.failures,
    message: {
      id: row.message_id,
      source: row.source,
      senderId: row.sender_id,
      type: row.type,
      contentType: row.content_type,
      payload: row.payload,
      recordedTime: row.recorded_time,
      eventType: row.event_type,
      attributes: row.attributes,
      createdAt: row.created_at,
    },
  };
}

/** The parameters of `recordResults` but the last; `now` is in ms on the clock that the attempts were timed by. */
function columnsOf(results: readonly DeliveryResult[], now: number): unknown[] {
  const attempts = results.map(({ attempt }) => attempt);
  return [
    results.map(({ delivery }) => delivery.id),
    results.map(({ lease }) => lease.nodeId),
    results.map(({ lease }) => lease.token),
    results.map(({ decision }) => decision.state),
    results.map(({ decision }) => (decision.state === 'pending' ? decision.delay : 0)),
    results.map(({ decision }) => (decision.state === 'frozen' ? decision.reason : null)),
    attempts.map((attempt) => attempt !== null),
    results.map(({ delivery }) => delivery.attempts),
    attempts.map((attempt) => (attempt === null ? 0 : (now - attempt.endedAt) / 1000)),
    attempts.map((attempt) => (attempt === null ? 0 : Math.ceil(attempt.duration))),
    attempts.map((attempt) => attempt?.status ?? null),
    attempts.map((attempt) => attempt?.outcome ?? null),
    attempts.map((attempt) => attempt?.error ?? null),
    attempts.map((attempt) => attempt?.body ?? null),
  ];
}
