import { migrate, openDatabase, type Database } from '#persistence';
import { onServer, urlOf } from '../machine/postgres.ts';
import type { Servers } from '../machine/servers.ts';
import { settle, storeNodes, type Nodes } from './stored-work.ts';

/** Ms. */
const DAY = 86_400_000;

/** Messages stored by one statement. */
const SLICE = 100_000;
export const DELIVERIES_EACH = 2;

/**
 * The database of a store that has been at work for weeks: so many deliveries done, two a message, and an attempt for each. Made once for
 * all scenarios of these servers; kept, where their files are.
 */
export async function openHeldStore(servers: Servers, held: number, nodes: Nodes): Promise<Database> {
  const name = `held_${held}`;
  if (!(await isComplete(servers, name))) await make(servers, name, { held, nodes: nodes.nodes });
  const database = openDatabase({ url: urlOf(servers.postgresUrl, name), connections: 4, onError: () => undefined });
  // Those of the scenario before lived elsewhere; their lanes and jobs with them.
  await database.pool.query('DELETE FROM node_key');
  await database.pool.query('DELETE FROM node');
  await database.pool.query('DROP SCHEMA IF EXISTS bullmq CASCADE');
  await storeNodes(database, nodes);
  return database;
}

async function isComplete({ postgresUrl }: Servers, name: string): Promise<boolean> {
  const rows = await onServer(
    postgresUrl,
    `SELECT FROM pg_database WHERE datname = '${name}' AND shobj_description(oid, 'pg_database') = 'complete'`,
  );
  return rows.length > 0;
}

async function make({ postgresUrl }: Servers, name: string, stock: Stock): Promise<void> {
  await onServer(postgresUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await onServer(postgresUrl, `CREATE DATABASE ${name}`);
  const url = urlOf(postgresUrl, name);
  await migrate(url);
  const database = openDatabase({ url, connections: 1, onError: () => undefined });
  await storeDelivered(database, stock);
  await database.close();
  await onServer(postgresUrl, `COMMENT ON DATABASE ${name} IS 'complete'`);
}

export interface Stock {
  readonly held: number;
  readonly nodes: readonly string[];
  /** Days since the last of them was delivered: 0 unless told. */
  readonly age?: number;
}

/** Fills a store with deliveries that are done, a hundred a second up to now or up to so many days ago; its indexes stay as they are. */
export async function storeDelivered(database: Database, { held, nodes, age = 0 }: Stock): Promise<void> {
  const messages = Math.ceil(held / DELIVERIES_EACH);
  const until = new Date(Date.now() - age * DAY);
  for (let start = 0; start < messages; start += SLICE) {
    const parameters = [start, Math.min(start + SLICE, messages) - 1, messages, until];
    await database.pool.query(STORE_MESSAGES, parameters);
    await database.pool.query(STORE_DELIVERIES, [...parameters, nodes]);
  }
  await settle(database);
}

/** Ids as intake makes them: the time of acceptance first. `$1`, `$2`: from and to; `$3`: of how many; `$4`: when the last one was. */
const MADE = `
SELECT i, at, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7000' || lpad(to_hex(i), 16, '8'))::uuid AS id
FROM (SELECT i, $4::timestamptz - make_interval(secs => ($3::int - i) * 0.02) AS at
      FROM generate_series($1::int, $2::int) AS i) AS t`;

const STORE_MESSAGES = `
INSERT INTO message (id, origin, source, sender_id, type, content_type, payload, size, digest, fingerprint, created_at)
SELECT id, 'node-' || i % 50, 'node-' || i % 50, 'held-' || i || '-' || $4::timestamptz, 'type.' || i % 20, 'application/json', '{}', 2, '', '', at
FROM (${MADE}) AS m`;

const STORE_DELIVERIES = `
WITH delivered AS (
  INSERT INTO delivery (message_id, node_id, state, attempts, due_at, last_status, created_at, delivered_at)
  SELECT id, ($5::text[])[1 + (i + k * 7) % cardinality($5::text[])], 'delivered', 1, NULL, 200, at, at
  FROM (${MADE}) AS m, generate_series(0, ${DELIVERIES_EACH - 1}) AS k ORDER BY i
  RETURNING id, created_at
)
INSERT INTO attempt (delivery_id, number, started_at, duration, status, outcome, lease)
SELECT id, 1, created_at, 12, 200, 'success', gen_random_uuid() FROM delivered`;
