import type { LaneStore, Lease } from '#core';
import type { Pool } from 'pg';
import { createReading } from './lanes/reading.ts';
import { createRecording, type RecordingOptions } from './lanes/recording.ts';
import { createReleasing, renew } from './lanes/releasing.ts';
import { createTaking, type TakingOptions } from './lanes/taking.ts';
import { cancelOrphans } from './sql/due-nodes.ts';
import { markDelivery } from './sql/mark-delivery.ts';

/** Pending deliveries of an unregistered node that one statement cancels. */
const MOST_ORPHANS = 1_000;

export type LaneStoreOptions = TakingOptions & RecordingOptions;

/** Also renews: one statement for all the leases of a process. */
export interface LeasingLaneStore extends LaneStore {
  /** Extends the leases given, and moves on or ends their `coveredUntil`. */
  renew(leases: readonly Lease[]): Promise<void>;
}

export function createLaneStore(options: LaneStoreOptions): LeasingLaneStore {
  const { pool, now } = options;
  const taking = createTaking(options);
  const readers = createReading(pool);
  const recording = createRecording(options);
  const releasing = createReleasing(pool);
  return {
    take: (nodeId, token) => taking.submit({ nodeId, token }),
    readDue: (node, most) => readers[node.ordering].submit({ nodeId: node.id, most }),
    async mark({ nodeId, token }, { id }, delay) {
      const values = [nodeId, token, delay, id];
      const { rowCount } = await pool.query({ name: 'mark-delivery', text: markDelivery, values });
      return rowCount === 1;
    },
    record: (result) => recording.submit(result),
    release: (lease, { suspect }) => releasing.submit({ lease, suspect }),
    renew: (leases) => renew(pool, leases, now),
    cancelOrphans: (nodeId) => cancelAllOrphans(pool, nodeId),
  };
}

async function cancelAllOrphans(pool: Pool, nodeId: string): Promise<number> {
  let cancelled = 0;
  for (let last = MOST_ORPHANS; last === MOST_ORPHANS; cancelled += last) {
    const { rowCount } = await pool.query(cancelOrphans, [nodeId, MOST_ORPHANS]);
    last = rowCount ?? 0;
  }
  return cancelled;
}
