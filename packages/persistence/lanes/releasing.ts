import { createBatcher, type Batcher, type Lease } from '#core';
import type { Pool } from 'pg';
import { releaseLanes, renewLanes } from '../sql/release-lanes.ts';
import { LEASE, MOST_LANES } from './lease.ts';

export function createReleasing(pool: Pool): Batcher<{ lease: Lease; suspect: boolean }, number | null> {
  return createBatcher({
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
}

/** Extends leases in one statement, and moves on or ends their `coveredUntil`. `now`: ms on a clock that never jumps. */
export async function renew(pool: Pool, leases: readonly Lease[], now: () => number): Promise<void> {
  if (leases.length === 0) return;
  const coveredUntil = now() + LEASE * 1000;
  const { rows } = await pool.query<{ token: string }>({
    name: 'renew-lanes',
    text: renewLanes,
    values: [leases.map(({ token }) => token), LEASE, leases.map(({ nodeId }) => nodeId)],
  });
  const standing = new Set(rows.map(({ token }) => token));
  for (const lease of leases) lease.coveredUntil = standing.has(lease.token) ? coveredUntil : 0;
}
