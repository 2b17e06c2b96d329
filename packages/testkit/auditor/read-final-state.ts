import type { Database } from '#persistence';
import type { FinalState, StoredAttempt, StoredDelivery, StoredMessage } from './evidence.ts';

const MESSAGES = `SELECT id, encode(sha256(payload), 'hex') AS digest FROM message`;

const DELIVERIES = `
SELECT id, message_id AS message, node_id AS node, state, attempts, budget_start AS "budgetStart",
       extract(epoch FROM COALESCE(delivered_at, frozen_at, cancelled_at))::float8 * 1000 AS "finalAt"
FROM delivery ORDER BY id`;

const ATTEMPTS = `
SELECT delivery_id AS delivery, number, extract(epoch FROM started_at)::float8 * 1000 AS "startedAt", duration, status, outcome
FROM attempt ORDER BY delivery_id, number`;

/** Reads what a run has left, by statements of its own: the stores are part of what is judged. */
export async function readFinalState({ pool }: Database): Promise<FinalState> {
  const [messages, deliveries, attempts] = await Promise.all([
    pool.query<StoredMessage>(MESSAGES),
    pool.query<StoredDelivery>(DELIVERIES),
    pool.query<StoredAttempt>(ATTEMPTS),
  ]);
  return { messages: messages.rows, deliveries: deliveries.rows, attempts: attempts.rows };
}
