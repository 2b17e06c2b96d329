import type { Database } from '#persistence';
import type { FleetProcess } from '../system/index.ts';

export interface HeldLane {
  readonly node: string;
  /** When its lease runs out, in ms on the clock of `performance.now()`; never later than it really does. */
  readonly leasedUntil: number;
}

/** The lanes that a process holds. */
export async function lanesOf({ pid }: FleetProcess, { pool }: Database): Promise<HeldLane[]> {
  const askedAt = performance.now();
  const { rows } = await pool.query<{ node: string; seconds: number }>(
    `SELECT node_id AS node, extract(epoch FROM leased_until - now())::float8 AS seconds
     FROM lane WHERE token IS NOT NULL AND worker LIKE '%:' || $1`,
    [pid],
  );
  return rows.map(({ node, seconds }) => ({ node, leasedUntil: askedAt + seconds * 1000 }));
}

/** Which deliveries to these nodes have an attempt recorded, as `MESSAGE NODE`. */
export async function recordedWays({ pool }: Database, nodes: readonly string[]): Promise<Set<string>> {
  const { rows } = await pool.query<{ way: string }>(
    `SELECT message_id || ' ' || node_id AS way FROM delivery WHERE attempts > 0 AND node_id = ANY($1)`,
    [nodes],
  );
  return new Set(rows.map(({ way }) => way));
}
