import type { Database } from '#persistence';

/**
 * A store as it looks after weeks: 200 nodes, most deliveries done, one in a hundred frozen, cancelled or pending, of which half is due;
 * one node has a backlog of its own.
 */
export async function seed({ pool }: Pick<Database, 'pool'>, deliveries: number): Promise<void> {
  await pool.query(`INSERT INTO node (id, name, url, protocol, ordering)
    SELECT 'node-' || i, 'Node ' || i, 'https://node-' || i || '.example.org', 'webhook', CASE WHEN i % 10 = 0 THEN 'fifo' ELSE 'none' END::ordering
    FROM generate_series(1, 200) AS i`);
  // Ids as intake makes them: the time of acceptance first.
  await pool.query(
    `INSERT INTO message (id, origin, source, sender_id, type, content_type, payload, size, digest, fingerprint, unrouted, created_at)
     SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7000' || lpad(to_hex(i), 16, '8'))::uuid,
            'node-' || i % 50, 'node-' || i % 50, 'sender-' || i, 'type.' || i % 20, 'application/json', '{}', 2, '', '', i % 1000 = 0, at
     FROM (SELECT i, now() - make_interval(secs => ($1 - i) * 1.0) AS at FROM generate_series(1, $1::int) AS i) AS made`,
    [Math.ceil(deliveries / 2)],
  );
  await pool.query(
    `INSERT INTO delivery (message_id, node_id, state, attempts, due_at, created_at, delivered_at, frozen_at, cancelled_at)
     SELECT id, node, state::delivery_state, 1, CASE WHEN state = 'pending' THEN now() + make_interval(secs => n % 2 * 3600 - 60) END, created_at,
            CASE WHEN state = 'delivered' THEN created_at END, CASE WHEN state = 'frozen' THEN created_at END,
            CASE WHEN state = 'cancelled' THEN created_at END
     FROM (SELECT m.id, m.created_at, n, 'node-' || 1 + (abs(hashtext(m.id::text)) + k * 7) % 200 AS node,
                  CASE WHEN n % 100 = 1 THEN 'frozen' WHEN n % 100 = 2 THEN 'cancelled' WHEN n % 100 = 3 THEN 'pending' ELSE 'delivered' END AS state
           FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM message WHERE NOT unrouted) AS m, generate_series(0, 1) AS k) AS d
     ORDER BY id`,
  );
  await pool.query(
    `INSERT INTO delivery (message_id, node_id) SELECT id, 'node-backlog' FROM message ORDER BY id DESC LIMIT 20000`,
  );
  await pool.query(
    `INSERT INTO node (id, name, url, protocol) VALUES ('node-backlog', 'Backlog', 'https://backlog.example.org', 'webhook')`,
  );
  await pool.query(`INSERT INTO attempt (delivery_id, number, started_at, duration, status, outcome, lease)
    SELECT id, 1, created_at, 12, 200, 'success', gen_random_uuid() FROM delivery WHERE attempts > 0`);
  await pool.query(
    `INSERT INTO log_record (at, actor, action) SELECT created_at, 'user:admin', 'message.accepted' FROM message LIMIT 50000`,
  );
  // Two days by the minute and a month by the hour, of every node and of all together.
  await pool.query(`INSERT INTO tally (width, node_id, at, kind, count, duration, bins)
    SELECT width, node, date_bin(make_interval(secs => width), at, 'epoch'), kind, 7, 210, ARRAY[1, 2, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    FROM (VALUES (60, interval '2 days', ARRAY['', 'node-1', 'node-2', 'node-3']), (3600, interval '30 days', (SELECT array_append(array_agg(id), '') FROM node))) AS w(width, kept, nodes)
    CROSS JOIN LATERAL unnest(nodes) AS node
    CROSS JOIN LATERAL generate_series(now() - kept, now(), make_interval(secs => width)) AS at
    CROSS JOIN (VALUES ('success'), ('http-error'), ('queued')) AS k(kind)
    ON CONFLICT DO NOTHING`);
  await pool.query(`INSERT INTO node_standing (node_id, last_success_at, last_failure_at, failing_since, last_outcome, last_status)
    SELECT id, now() - interval '1 hour', now(), CASE WHEN ascii(right(id, 1)) % 10 = 0 THEN now() - interval '10 minutes' END, 'http-error', 503 FROM node`);
  await pool.query(
    `UPDATE delivery SET last_status = 503, last_error = 'it answered ' || 500 + id % 4 WHERE state = 'frozen'`,
  );
  await pool.query('VACUUM ANALYZE');
}
