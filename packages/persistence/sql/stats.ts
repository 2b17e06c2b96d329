/** Deliveries by state, without the delivered ones: an index-only scan of what is not delivered. */
export const countUndelivered = `SELECT state, count(*)::float8 AS count FROM delivery WHERE state <> 'delivered' GROUP BY state`;

/** Delivered ones counted up to `$1`, and the planner's estimate of all deliveries for when there are more. */
export const countDelivered = `
SELECT (SELECT count(*)::float8 FROM (SELECT 1 FROM delivery WHERE state = 'delivered' LIMIT $1) AS d) AS counted,
       (SELECT reltuples::float8 FROM pg_class WHERE oid = 'delivery'::regclass) AS estimated`;

/** What is pending by node, largest backlog first, and for how many seconds its oldest due delivery has been due. Index-only. */
export const backlogByNode = `
SELECT node_id AS node, count(*)::float8 AS backlog, GREATEST(extract(epoch FROM now() - min(due_at)), 0)::float8 AS "oldestDueAge"
FROM delivery WHERE state = 'pending'
GROUP BY node_id ORDER BY backlog DESC, node_id`;

/**
 * How often something happened each second, over the last `$1` seconds, or over the last `$2` times where these took less. Reads that
 * many rows at most.
 */
export const rates = {
  accepted: ratePerSecond('message', 'created_at', 'id'),
  delivered: ratePerSecond('delivery', 'delivered_at', 'delivered_at'),
  frozen: ratePerSecond('delivery', 'frozen_at', 'frozen_at'),
} as const;

/** `order` is the column whose index has the newest first. */
function ratePerSecond(table: string, column: string, order: string): string {
  return `
SELECT CASE WHEN count(*) < $2 THEN count(*) / $1::float8
            ELSE count(*) / GREATEST(extract(epoch FROM now() - min(r.at)), 0.001) END::float8 AS rate
FROM (SELECT ${column} AS at FROM ${table} WHERE ${column} IS NOT NULL ORDER BY ${order} DESC LIMIT $2) AS r
WHERE r.at > now() - make_interval(secs => $1::float8)`;
}

/** A row a node: few, and small. */
export const countSuspects = `SELECT count(*)::int AS count FROM lane WHERE suspect`;
