/**
 * Marks a delivery that is about to be attempted as one that may take the process down: what is recorded of it takes the mark away again,
 * so that marks count processes that died. Only under a lease that stands and was not recalled, and only what is pending. Should this
 * process go down, it falls due `$3` seconds later, and the others of its lane go on before it.
 */
export const markDelivery = `
WITH standing AS (
  SELECT node_id FROM lane WHERE node_id = $1 AND token = $2 AND NOT recalled FOR SHARE
)
UPDATE delivery d SET crashes = crashes + 1, due_at = now() + make_interval(secs => $3::float8)
FROM standing s
WHERE d.id = $4::bigint AND d.node_id = s.node_id AND d.state = 'pending'`;
