import type { Database } from '#persistence';

/** What is stored of the last attempt of a delivery, and of the delivery. */
export interface StoredOutcome {
  readonly node: string;
  readonly state: string;
  readonly attempts: number;
  readonly outcome: string | null;
  readonly status: number | null;
  /** Ms. */
  readonly duration: number | null;
  /** Bytes of the answer that were kept. */
  readonly kept: number | null;
  /** Seconds from the attempt's end to when the next falls due; null when none does. */
  readonly pause: number | null;
}

const OUTCOMES = `
SELECT d.node_id AS node, d.state, d.attempts, a.outcome, a.status, a.duration, length(a.body) AS kept,
       extract(epoch FROM d.due_at - a.started_at)::float8 - a.duration / 1000.0::float8 AS pause
FROM delivery d
LEFT JOIN attempt a ON a.delivery_id = d.id AND a.number = d.attempts
WHERE d.node_id = ANY($1) ORDER BY d.id`;

/** The outcomes of all deliveries to these nodes, in the order of acceptance. */
export async function outcomesAt({ pool }: Database, nodes: readonly string[]): Promise<StoredOutcome[]> {
  const { rows } = await pool.query<StoredOutcome>(OUTCOMES, [nodes]);
  return rows;
}
