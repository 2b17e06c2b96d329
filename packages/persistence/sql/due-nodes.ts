/**
 * Nodes with something due whose lane is not leased, without reading what is pending: the index is skipped through from node to node.
 * A node that is no longer registered is among them, so that its deliveries get cancelled; a paused one is not. `late`: seconds.
 */
export const dueNodes = `
WITH RECURSIVE pending AS (
  (SELECT node_id FROM delivery WHERE state = 'pending' ORDER BY node_id LIMIT 1)
  UNION ALL
  SELECT (SELECT d.node_id FROM delivery d WHERE d.state = 'pending' AND d.node_id > p.node_id ORDER BY d.node_id LIMIT 1)
  FROM pending p WHERE p.node_id IS NOT NULL
)
SELECT p.node_id, COALESCE(l.suspect, false) AS suspect, extract(epoch FROM now() - first.due_at)::float8 AS late
FROM pending p
LEFT JOIN node n ON n.id = p.node_id
LEFT JOIN lane l ON l.node_id = p.node_id
CROSS JOIN LATERAL (
  SELECT CASE WHEN n.ordering = 'fifo'
    THEN (SELECT due_at FROM delivery WHERE node_id = p.node_id AND state = 'pending' ORDER BY id LIMIT 1)
    ELSE (SELECT due_at FROM delivery WHERE node_id = p.node_id AND state = 'pending' ORDER BY due_at LIMIT 1)
  END AS due_at
) AS first
WHERE p.node_id IS NOT NULL AND n.paused IS NOT TRUE AND (l.token IS NULL OR l.leased_until < now())
  AND first.due_at <= now()`;

/** Which of the given nodes have something due that no lease covers. */
export const haveDue = `
SELECT t.node_id
FROM unnest($1::text[]) AS t(node_id)
LEFT JOIN node n ON n.id = t.node_id
LEFT JOIN lane l ON l.node_id = t.node_id
WHERE n.paused IS NOT TRUE AND (l.token IS NULL OR l.leased_until < now())
  AND CASE WHEN n.ordering = 'fifo'
    THEN (SELECT due_at <= now() FROM delivery WHERE node_id = t.node_id AND state = 'pending' ORDER BY id LIMIT 1)
    ELSE EXISTS (SELECT 1 FROM delivery WHERE node_id = t.node_id AND state = 'pending' AND due_at <= now())
  END`;

/** Cancels up to `$2` pending deliveries of a node that is not registered any more. */
export const cancelOrphans = `
UPDATE delivery SET state = 'cancelled', cancelled_at = now(), due_at = NULL, last_error = 'the node was deleted'
WHERE id IN (
  SELECT id FROM delivery
  WHERE node_id = $1 AND state = 'pending' AND NOT EXISTS (SELECT 1 FROM node WHERE id = $1)
  ORDER BY due_at, id LIMIT $2
  FOR UPDATE SKIP LOCKED
) AND state = 'pending'`;
