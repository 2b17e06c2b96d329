import { deliveryColumns } from './delivery-columns.ts';

/**
 * The deliveries of messages given newest first, in order. Ends with the last message that lets all of them together be no more than
 * `$2`, so that a list of messages to thousands of nodes each stays bounded; the first message is always whole. One without deliveries
 * has a row of nulls.
 */
export const deliveriesOfMessages = `
WITH counted AS (
  SELECT t.id, t.n, sum(c.deliveries) OVER (ORDER BY t.n) AS total
  FROM unnest($1::uuid[]) WITH ORDINALITY AS t(id, n)
  CROSS JOIN LATERAL (SELECT count(*) AS deliveries FROM delivery WHERE message_id = t.id) AS c
)
SELECT t.id AS message, ${deliveryColumns}
FROM counted t LEFT JOIN delivery d ON d.message_id = t.id
WHERE t.n = 1 OR t.total <= $2
ORDER BY t.n, d.id`;
