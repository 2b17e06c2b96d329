/**
 * Where a purge looks, oldest first: for each kind the index that holds its age. A message's age is that of its deliveries, and of an
 * unrouted one its own. `$1`: seconds, `$2` and `$3`: where the last look ended, `$4`: most rows.
 */
export const purgeCandidates = {
  delivered: candidatesByDelivery('delivered_at'),
  cancelled: candidatesByDelivery('cancelled_at'),
  frozen: candidatesByDelivery('frozen_at'),
  unrouted: `
SELECT id AS message_id, created_at::text AS age, id::text AS position FROM message
WHERE unrouted AND created_at < now() - make_interval(secs => $1::float8)
  AND (created_at, id) > ($2::timestamptz, $3::uuid)
ORDER BY created_at, id LIMIT $4`,
} as const;

function candidatesByDelivery(column: string): string {
  return `
SELECT message_id, ${column}::text AS age, id::text AS position FROM delivery
WHERE ${column} IS NOT NULL AND ${column} < now() - make_interval(secs => $1::float8)
  AND (${column}, id) > ($2::timestamptz, $3::bigint)
ORDER BY ${column}, id LIMIT $4`;
}

const isRemovable = `CASE d.state
    WHEN 'delivered' THEN $2::float8 > 0 AND d.delivered_at < now() - make_interval(secs => $2)
    WHEN 'cancelled' THEN $2::float8 > 0 AND d.cancelled_at < now() - make_interval(secs => $2)
    WHEN 'frozen' THEN $3::float8 > 0 AND d.frozen_at < now() - make_interval(secs => $3)
    ELSE false END`;

/**
 * Removes those of the messages `$1` whose every delivery is final and old enough (`$2` and `$3`: seconds for delivered and frozen
 * ones, 0: kept), with their deliveries and attempts. Deliveries are locked and looked at again first, so that one which a replay
 * revived a moment ago stays; what a statement elsewhere holds is left for the next purge, so that nobody waits for anybody.
 */
export const purgeMessages = `
WITH locked AS (
  SELECT d.id, d.message_id, d.state, ${isRemovable} AS removable
  FROM delivery d WHERE d.message_id = ANY($1::uuid[])
  ORDER BY d.id
  FOR UPDATE SKIP LOCKED
),
whole AS (
  SELECT message_id, bool_or(state = 'frozen') AS frozen
  FROM locked l
  GROUP BY message_id
  HAVING bool_and(removable) AND count(*) = (SELECT count(*) FROM delivery d WHERE d.message_id = l.message_id)
  UNION ALL
  SELECT id, false FROM message
  WHERE id = ANY($1::uuid[]) AND unrouted AND $2::float8 > 0 AND created_at < now() - make_interval(secs => $2)
),
attempts AS (
  DELETE FROM attempt USING locked l, whole w WHERE l.message_id = w.message_id AND attempt.delivery_id = l.id
),
deliveries AS (
  DELETE FROM delivery USING locked l, whole w WHERE l.message_id = w.message_id AND delivery.id = l.id
),
messages AS (
  DELETE FROM message USING whole w WHERE message.id = w.message_id RETURNING w.frozen
)
SELECT count(*) FILTER (WHERE NOT frozen)::int AS delivered, count(*) FILTER (WHERE frozen)::int AS frozen FROM messages`;

/** How many of the messages `$1` a purge would remove; the same rule, without a lock. */
export const countPurgeable = `
WITH whole AS (
  SELECT d.message_id, bool_or(d.state = 'frozen') AS frozen
  FROM delivery d WHERE d.message_id = ANY($1::uuid[])
  GROUP BY d.message_id HAVING bool_and(${isRemovable})
  UNION ALL
  SELECT id, false FROM message
  WHERE id = ANY($1::uuid[]) AND unrouted AND $2::float8 > 0 AND created_at < now() - make_interval(secs => $2)
)
SELECT count(*) FILTER (WHERE NOT frozen)::int AS delivered, count(*) FILTER (WHERE frozen)::int AS frozen FROM whole`;

/** Removes up to `$2` log records older than `$1` seconds. */
export const purgeLog = `
DELETE FROM log_record WHERE id IN (
  SELECT id FROM log_record WHERE at < now() - make_interval(secs => $1::float8) ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED
)`;

export const countLog = `SELECT count(*)::int AS log FROM log_record WHERE at < now() - make_interval(secs => $1::float8)`;
