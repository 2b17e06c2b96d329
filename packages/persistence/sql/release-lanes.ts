import { unhurried } from './unhurried.ts';

/**
 * Gives leases back, and answers when each lane's next delivery falls due (seconds from now, null: nothing pending). What is pending for a
 * node that is not registered any more counts too: the lane comes again, and cancels it. Lanes are locked in the order of their nodes, as
 * by every statement.
 */
export const releaseLanes = `
WITH given AS (
  SELECT t.* FROM unnest($1::text[], $2::uuid[], $3::bool[]) AS t(node_id, token, suspect), ${unhurried}
),
held AS MATERIALIZED (
  SELECT l.node_id, g.suspect
  FROM given g JOIN lane l ON l.node_id = g.node_id AND l.token = g.token
  ORDER BY l.node_id FOR UPDATE OF l
),
released AS (
  UPDATE lane l SET token = NULL, leased_until = NULL, suspect = h.suspect, recalled = false, unclean_ends = 0
  FROM held h WHERE l.node_id = h.node_id
)
SELECT g.node_id, extract(epoch FROM next.due_at - now())::float8 AS due_in
FROM given g
LEFT JOIN node n ON n.id = g.node_id
CROSS JOIN LATERAL (
  SELECT CASE WHEN n.paused THEN NULL
              WHEN n.ordering = 'fifo' THEN (SELECT due_at FROM delivery WHERE node_id = g.node_id AND state = 'pending' ORDER BY id LIMIT 1)
              ELSE (SELECT due_at FROM delivery WHERE node_id = g.node_id AND state = 'pending' ORDER BY due_at, id LIMIT 1)
         END AS due_at
) AS next`;

/** Extends leases by `$2` seconds; answers the tokens that still stood. */
export const renewLanes = `
WITH held AS MATERIALIZED (
  SELECT node_id FROM lane WHERE node_id = ANY($3::text[]) AND token = ANY($1::uuid[])
  ORDER BY node_id FOR UPDATE
)
UPDATE lane l SET leased_until = now() + make_interval(secs => $2::float8)
FROM held h WHERE l.node_id = h.node_id
RETURNING l.token`;
