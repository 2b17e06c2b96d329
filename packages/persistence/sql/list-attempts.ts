import { createParameters } from './parameters.ts';

/** The attempts of a message, to all nodes, newest first; `after` is the moment, delivery and number of the one to go on behind. */
export function listAttempts(messageId: string, { after, limit }: { after: readonly string[] | null; limit: number }) {
  const p = createParameters();
  const ofMessage = `d.message_id = ${p.add(messageId)}::uuid`;
  const behind =
    after === null
      ? ''
      : `AND (a.started_at, a.delivery_id, a.number) < (${p.add(after[0])}::timestamptz, ${p.add(after[1])}::bigint, ${p.add(after[2])}::int)`;
  const text = `
SELECT d.node_id AS node, a.number, a.started_at AS "startedAt", a.duration, a.status, a.outcome, a.error, a.body, a.delivery_id AS delivery
FROM delivery d JOIN attempt a ON a.delivery_id = d.id
WHERE ${ofMessage} ${behind}
ORDER BY a.started_at DESC, a.delivery_id DESC, a.number DESC LIMIT ${p.add(limit)}`;
  return { text, values: p.values };
}
