import type { TestSystem } from '../system/index.ts';

/**
 * A month that went before: days busier than nights, each node with a share, customs failing for the last forty minutes. Written into the
 * tallies as workers would have.
 */
export async function seedWeeks({ query }: Pick<TestSystem, 'query'>): Promise<void> {
  for (const [width, days] of [
    [60, 2],
    [3_600, 30],
  ]) {
    await query(SEED, [width, days]);
  }
  await query(TOTALS);
  await query(
    `UPDATE node_standing SET failing_since = now() - interval '40 minutes', last_success_at = now() - interval '41 minutes' WHERE node_id = 'customs'`,
  );
}

const SEED = `
WITH moment AS (
  SELECT at, extract(epoch FROM at)::bigint AS second, 1 + 0.8 * sin((extract(hour FROM at) - 8) / 24.0 * 2 * pi()) AS busy
  FROM generate_series(date_bin(make_interval(secs => $1::int), now() - make_interval(days => $2::int), 'epoch'),
                       now() - make_interval(secs => $1::int), make_interval(secs => $1::int)) AS at
),
share(node, share) AS (VALUES ('customs', 9), ('terminal', 21), ('warehouse', 6), ('carrier', 4)),
made AS (
  SELECT m.at, s.node,
         s.node = 'customs' AND m.at > now() - interval '40 minutes' AS down,
         GREATEST(1, round(s.share * m.busy * ($1::int / 60) * (0.8 + 0.4 * (abs(hashtext(s.node || m.second)) % 100) / 100.0)))::int AS count
  FROM moment m CROSS JOIN share s
),
counted AS (
  SELECT at, node, 'queued' AS kind, count FROM made
  UNION ALL SELECT at, node, CASE WHEN down THEN 'http-error' ELSE 'success' END, count FROM made
  UNION ALL SELECT at, node, 'timeout', GREATEST(1, count / 40) FROM made WHERE abs(hashtext(node || at::text)) % 9 = 0
  UNION ALL SELECT at, 'terminal', 'accepted', sum(count)::int FROM made GROUP BY at
)
INSERT INTO tally (width, node_id, at, kind, count, duration, bins)
SELECT $1, node, at, kind, count, count * 30,
       ARRAY[count / 9, count / 5, count / 3, count / 4, count / 12, count / 30, 0, 0, 0, 0, 0, 0, 0]
FROM counted
ON CONFLICT DO NOTHING`;

const TOTALS = `
INSERT INTO tally (width, node_id, at, kind, count, duration, bins)
SELECT width, '', at, kind, sum(count), sum(duration),
       ARRAY[sum(bins[1]), sum(bins[2]), sum(bins[3]), sum(bins[4]), sum(bins[5]), sum(bins[6]), 0, 0, 0, 0, 0, 0, 0]::int[]
FROM tally WHERE node_id <> '' GROUP BY width, at, kind
ON CONFLICT DO NOTHING`;
