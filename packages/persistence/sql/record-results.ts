/**
 * Records what became of deliveries, of many lanes in one statement, each attempt with a row of its own.
 * - An attempt is a fact: it is counted and logged whatever the delivery's state and whoever holds the lease by now.
 * - A state changes only from pending. Success always counts, it came from the node; anything else only under the lease that still
 *   stands, so that a late failure never overrides what a newer lease found. The lease is locked, so that whoever takes it next reads
 *   after this. A token stands for one lease of one lane, so the leases that stand are looked up as a hashed set: joined, each result would
 *   be compared with each lane.
 * - A delivery falls due `delay` after its attempt's end, on the database's clock; the worker's clock only measures how long ago that was.
 * - A lane that was recalled since it was taken is answered as such, so that its run ends: see `recallLanes`.
 * - `$15`: this recording repeats one whose connection was lost; what that one did already is left as it is, and answered again.
 *   Its attempt is known by its lease, whatever its number: one of a lost lease may have been recorded in between.
 * - Each delivery comes once: of two results the row would count one, and number both the same.
 */
export const recordResults = `
WITH result AS (
  SELECT *
  FROM unnest($1::bigint[], $2::text[], $3::uuid[], $4::text[], $5::float8[], $6::text[], $7::bool[], $8::int[],
              $9::float8[], $10::int[], $11::int[], $12::text[], $13::text[], $14::bytea[])
    AS t(id, node_id, lease, state, delay, reason, attempted, attempts_before, ended_ago, duration, status, outcome, error, body)
),
standing AS (
  SELECT l.token, l.recalled
  FROM (SELECT DISTINCT node_id, lease FROM result) AS r
  JOIN lane l ON l.node_id = r.node_id AND l.token = r.lease
  ORDER BY l.node_id
  FOR SHARE OF l
),
recorded AS (
  SELECT r.id, r.lease, a.number
  FROM result r
  CROSS JOIN LATERAL (
    SELECT number FROM attempt
    WHERE delivery_id = r.id AND number > r.attempts_before AND lease = r.lease
    ORDER BY number LIMIT 1
  ) AS a
  WHERE $15::bool AND r.attempted
),
applicable AS (
  SELECT r.*, r.standing OR r.state = 'delivered' AS counts
  FROM (SELECT *, lease IN (SELECT token FROM standing) AS standing FROM result) AS r
  WHERE r.id NOT IN (SELECT id FROM recorded)
),
updated AS (
  UPDATE delivery d
  SET attempts = d.attempts + r.attempted::int,
      state = CASE WHEN d.state = 'pending' AND r.counts THEN r.state::delivery_state ELSE d.state END,
      due_at = CASE
        WHEN d.state <> 'pending' OR NOT r.counts THEN d.due_at
        WHEN r.state = 'pending' THEN now() - make_interval(secs => r.ended_ago) + make_interval(secs => r.delay)
      END,
      last_status = CASE WHEN r.attempted THEN r.status ELSE d.last_status END,
      last_error = CASE WHEN r.attempted OR (d.state = 'pending' AND r.state = 'frozen') THEN COALESCE(r.error, r.reason) ELSE d.last_error END,
      delivered_at = CASE WHEN d.state = 'pending' AND r.state = 'delivered' THEN now() ELSE d.delivered_at END,
      frozen_at = CASE WHEN d.state = 'pending' AND r.counts AND r.state = 'frozen' THEN now() ELSE d.frozen_at END
  FROM applicable r
  WHERE d.id = r.id
  RETURNING d.id, d.attempts, d.state, d.message_id, d.node_id, d.frozen_at, r.standing,
            r.attempted, r.ended_ago, r.duration, r.status, r.outcome, r.error, r.reason, r.lease, r.body
),
logged AS (
  INSERT INTO attempt (delivery_id, number, started_at, duration, status, outcome, error, lease, body)
  SELECT id, attempts, now() - make_interval(secs => ended_ago + duration / 1000.0), duration, status, outcome, error, lease, body
  FROM updated
  WHERE attempted
),
told AS (
  INSERT INTO log_record (actor, action, node_id, message_id, detail)
  SELECT 'worker', 'delivery.frozen', node_id, message_id,
         jsonb_build_object('delivery', id::text, 'attempts', attempts, 'reason', reason)
  FROM updated
  WHERE state = 'frozen' AND frozen_at = now()::timestamptz(3)
)
SELECT id, attempts, state, standing, lease IN (SELECT token FROM standing WHERE recalled) AS recalled FROM updated
UNION ALL
SELECT r.id, r.number, d.state, r.lease IN (SELECT token FROM standing), r.lease IN (SELECT token FROM standing WHERE recalled)
FROM recorded r JOIN delivery d ON d.id = r.id`;
