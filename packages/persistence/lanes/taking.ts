import { createBatcher, type Batcher, type DeliverableNode, type HeldLane, type Lease, type TakenLane } from '#core';
import type { Pool } from 'pg';
import type { VersionedRow } from '../stores/node-cache.ts';
import { takeLanes } from '../sql/take-lanes.ts';
import { LEASE, MOST_LANES } from './lease.ts';

type TakenRow = Omit<VersionedRow, 'id'> & {
  id: string | null;
  lane_id: string;
  taken: boolean;
  suspect: boolean | null;
  recalled: boolean | null;
  held_for: number | null;
};

export interface TakingOptions {
  readonly pool: Pool;
  /** This process, as an operator knows it. */
  readonly worker: string;
  openNode(row: VersionedRow): DeliverableNode;
  /** Milliseconds on a clock that never jumps. */
  now(): number;
}

export function createTaking(options: TakingOptions): Batcher<{ nodeId: string; token: string }, TakenLane | HeldLane> {
  return createBatcher({
    maxItems: MOST_LANES,
    async run(lanes) {
      // From before the statement: the lease that the database gives ends no sooner.
      const coveredUntil = options.now() + LEASE * 1000;
      const { rows } = await options.pool.query<TakenRow>({
        name: 'take-lanes',
        text: takeLanes,
        values: [lanes.map((lane) => lane.nodeId), lanes.map((lane) => lane.token), options.worker, LEASE],
      });
      const byNode = new Map(rows.map((row) => [row.lane_id, row]));
      return lanes.map(({ nodeId, token }) =>
        laneOf({ nodeId, token, coveredUntil }, byNode.get(nodeId), options.openNode),
      );
    },
  });
}

function laneOf(
  lease: Lease,
  row: TakenRow | undefined,
  openNode: (row: VersionedRow) => DeliverableNode,
): TakenLane | HeldLane {
  if (row === undefined || !row.taken) return { kind: 'held', seconds: Math.max(row?.held_for ?? 0, 0) };
  const node = row.id === null ? null : openNode({ ...row, id: row.id });
  return { kind: 'taken', lease, node, suspect: row.suspect ?? false, recalled: row.recalled ?? false };
}
