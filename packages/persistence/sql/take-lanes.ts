import { unhurried } from './unhurried.ts';

/**
 * Leases lanes, and answers each one's node. A lane that another lease still covers is not taken: its remaining seconds say when to
 * come back. A lease that is taken over because it ran out counts as an unclean end of the one before; the same token goes on with its own.
 * A recall is not taken back here but by the release: the node that this answers may be as it was before, see `recallLanes`.
 * What is due must be read by a later statement: this one's snapshot may be older than the last recording of the lease before.
 */
export const takeLanes = `
WITH wanted AS (
  SELECT t.* FROM unnest($1::text[], $2::uuid[]) AS t(node_id, token), ${unhurried}
),
taken AS (
  INSERT INTO lane AS l (node_id, token, worker, leased_until)
  SELECT node_id, token, $3, now() + make_interval(secs => $4::float8) FROM wanted ORDER BY node_id
  ON CONFLICT (node_id) DO UPDATE
    SET token = excluded.token, worker = excluded.worker, leased_until = excluded.leased_until,
        unclean_ends = l.unclean_ends + (l.token <> excluded.token IS TRUE)::int
    WHERE l.token IS NULL OR l.token = excluded.token OR l.leased_until < now()
  RETURNING l.node_id, l.suspect, l.recalled, l.unclean_ends
)
SELECT w.node_id AS lane_id, t.node_id IS NOT NULL AS taken, t.suspect, t.recalled, t.unclean_ends,
       extract(epoch FROM h.leased_until - now())::float8 AS held_for, n.*
FROM wanted w
LEFT JOIN taken t ON t.node_id = w.node_id
LEFT JOIN lane h ON h.node_id = w.node_id AND t.node_id IS NULL
LEFT JOIN node n ON n.id = w.node_id`;
