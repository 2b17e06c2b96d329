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
  await pool.query('VACUUM ANALYZE');
}
