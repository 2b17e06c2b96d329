/** Seconds that a tally covers: minutes for days, hours for weeks. */
export const MINUTE = 60;
export const HOUR = 3_600;

/**
 * Adds to the minute and the hour that it is on the database's clock. In the order of the key, so that two processes can't lock each
 * other out.
 */
export const addTallies = `
INSERT INTO tally (width, node_id, at, kind, count, duration, bins)
SELECT w.width, t.node_id, date_bin(make_interval(secs => w.width), now(), 'epoch'), t.kind, t.count, t.duration, t.bins::int[]
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[]) AS t(node_id, kind, count, duration, bins)
CROSS JOIN (VALUES (${MINUTE}), (${HOUR})) AS w(width)
ORDER BY w.width, t.node_id, t.kind
ON CONFLICT (width, node_id, at, kind) DO UPDATE
SET count = tally.count + EXCLUDED.count,
    duration = tally.duration + EXCLUDED.duration,
    bins = ARRAY(
      SELECT COALESCE(a, 0) + COALESCE(b, 0) FROM unnest(tally.bins, EXCLUDED.bins) WITH ORDINALITY AS u(a, b, n) ORDER BY n
    )`;

/**
 * How nodes were heard of lately. Moments come as seconds ago. `failing`: since when every attempt failed, among those told of here;
 * a node that was failing before and had no success in between has been so for longer.
 */
export const updateStandings = `
INSERT INTO node_standing (node_id, last_queued_at, last_success_at, last_failure_at, failing_since, last_outcome, last_status, last_error)
SELECT node_id, now() - make_interval(secs => queued), now() - make_interval(secs => success),
       now() - make_interval(secs => failure), now() - make_interval(secs => failing), outcome, status, error
FROM unnest($1::text[], $2::float8[], $3::float8[], $4::float8[], $5::float8[], $6::text[], $7::int[], $8::text[])
  AS t(node_id, queued, success, failure, failing, outcome, status, error)
ORDER BY node_id
ON CONFLICT (node_id) DO UPDATE
SET last_queued_at = GREATEST(node_standing.last_queued_at, EXCLUDED.last_queued_at),
    last_success_at = GREATEST(node_standing.last_success_at, EXCLUDED.last_success_at),
    last_failure_at = GREATEST(node_standing.last_failure_at, EXCLUDED.last_failure_at),
    failing_since = CASE
      WHEN EXCLUDED.last_success_at IS NOT NULL THEN EXCLUDED.failing_since
      ELSE COALESCE(node_standing.failing_since, EXCLUDED.failing_since)
    END,
    last_outcome = COALESCE(EXCLUDED.last_outcome, node_standing.last_outcome),
    last_status = CASE WHEN EXCLUDED.last_outcome IS NULL THEN node_standing.last_status ELSE EXCLUDED.last_status END,
    last_error = CASE WHEN EXCLUDED.last_outcome IS NULL THEN node_standing.last_error ELSE EXCLUDED.last_error END`;

/** Removes up to `$3` tallies of width `$1` that are older than `$2` seconds. */
export const purgeTallies = `
DELETE FROM tally WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM tally WHERE width = $1::int AND at < now() - make_interval(secs => $2::float8) ORDER BY at LIMIT $3
  FOR UPDATE SKIP LOCKED
))`;

/** Forgets workers that were last heard of more than a day ago. */
export const purgeWorkers = `DELETE FROM worker WHERE seen_at < now() - interval '1 day'`;

/** Forgets how nodes were heard of that are not registered any more. */
export const purgeStandings = `DELETE FROM node_standing s WHERE NOT EXISTS (SELECT 1 FROM node n WHERE n.id = s.node_id)`;
