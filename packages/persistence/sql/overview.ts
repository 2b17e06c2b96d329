/** Tallies of a node (empty: of all) of width `$1`, not older than `$3` seconds, summed up to steps of `$4` seconds. */
export const readTallies = `
SELECT date_bin(make_interval(secs => $4::float8), at, 'epoch') AS at, kind, sum(count)::float8 AS count, array_agg(bins) AS bins
FROM (
  SELECT at, kind, count, array_to_string(bins, ',') AS bins FROM tally
  WHERE width = $1::int AND node_id = $2
    AND at >= date_bin(make_interval(secs => $4::float8), now() - make_interval(secs => $3::float8), 'epoch')
) AS t
GROUP BY 1, 2`;

/** The database's clock, which tallies are kept by. */
export const present = `SELECT now() AS now`;

const standingColumns = `
  n.id, n.name, n.did, n.url, n.protocol, n.ordering, n.paused, n.policy,
  COALESCE(l.suspect, false) AS suspect, COALESCE(l.leased_until > now(), false) AS working,
  s.last_queued_at AS "lastQueuedAt", s.last_success_at AS "lastSuccessAt", s.last_failure_at AS "lastFailureAt",
  s.failing_since AS "failingSince", s.last_outcome AS "lastOutcome", s.last_status AS "lastStatus", s.last_error AS "lastError",
  CASE WHEN n.ordering = 'fifo'
    THEN (SELECT due_at FROM delivery WHERE node_id = n.id AND state = 'pending' ORDER BY id LIMIT 1)
    ELSE (SELECT due_at FROM delivery WHERE node_id = n.id AND state = 'pending' ORDER BY due_at LIMIT 1)
  END AS "nextAttemptAt"`;

const standingTables = `node n LEFT JOIN node_standing s ON s.node_id = n.id LEFT JOIN lane l ON l.node_id = n.id`;

/** Nodes in the order of their ids, after `$1`. When the next attempt falls due is the first row of an index for each. */
export const listStandings = `SELECT ${standingColumns} FROM ${standingTables} WHERE n.id > $1 ORDER BY n.id LIMIT $2`;

export const findStanding = `SELECT ${standingColumns} FROM ${standingTables} WHERE n.id = $1`;

/** The nodes that something is wrong with, as far as nodes tell: what failed longest first. */
export const troubledStandings = `
SELECT ${standingColumns} FROM ${standingTables}
WHERE n.paused OR l.suspect OR s.failing_since IS NOT NULL
ORDER BY s.failing_since NULLS LAST, n.id LIMIT $1`;

/** How many attempts to each of the nodes `$1` succeeded and failed in each of the last 24 hours. */
export const dayOfNodes = `
SELECT node_id AS node, at, sum(count) FILTER (WHERE kind = 'success')::float8 AS delivered,
       sum(count) FILTER (WHERE kind NOT IN ('success', 'accepted', 'queued', 'frozen'))::float8 AS failed
FROM tally
WHERE width = 3600 AND node_id = ANY($1::text[]) AND at > now() - interval '24 hours'
GROUP BY 1, 2`;

/** Frozen deliveries by node and by what their last attempt ended with, among the newest `$1` of them. */
export const frozenGroups = `
SELECT node_id AS node, last_status AS status, last_error AS error, count(*)::float8 AS count,
       min(frozen_at) AS oldest, max(frozen_at) AS newest
FROM (SELECT node_id, last_status, last_error, frozen_at FROM delivery WHERE state = 'frozen' ORDER BY id DESC LIMIT $1) AS d
GROUP BY 1, 2, 3
ORDER BY count DESC, node, newest DESC
LIMIT $2`;

/** Moves on whenever something was changed by someone (log), or attempted or accepted (tallies). Two looks into indexes. */
export const readStamp = `
SELECT COALESCE((SELECT max(id) FROM log_record), 0)::text AS log,
       COALESCE((SELECT max(id) FROM log_record WHERE at > now() - interval '1 minute' AND action IN ('delivery.frozen', 'deliveries.replayed', 'deliveries.cancelled')), 0)::text AS frozen,
       (SELECT COALESCE(jsonb_object_agg(kind, count), '{}')
        FROM (SELECT kind, sum(count) AS count FROM tally
              WHERE width = 60 AND node_id = '' AND at > now() - interval '2 minutes' GROUP BY kind) AS t) AS counts`;

export const beat = `
INSERT INTO worker (id, version, started_at, seen_at, slots, busy, suspects) VALUES ($1, $2, now(), now(), $3, $4, $5)
ON CONFLICT (id) DO UPDATE SET seen_at = now(), busy = EXCLUDED.busy, suspects = EXCLUDED.suspects, slots = EXCLUDED.slots`;

/** Workers that were heard of during the last day, the last first; `silent`: seconds since. */
export const listFleet = `
SELECT id, version, started_at AS "startedAt", seen_at AS "seenAt", slots, busy, suspects,
       extract(epoch FROM now() - seen_at)::float8 AS silent
FROM worker WHERE seen_at > now() - interval '1 day' ORDER BY seen_at DESC LIMIT 1000`;

export const leave = `DELETE FROM worker WHERE id = $1`;
