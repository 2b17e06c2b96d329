import {
  createDeliveryStore,
  createDueStore,
  createIntakeStore,
  createLaneStore,
  createPurgeStore,
  openDatabase,
  type ChangeOutcome,
  type Database,
} from '#persistence';
import { openTestStore, recordingReport, type TestPostgres } from '#testkit';
import { recallLanes } from '../../../packages/persistence/sql/recall-lanes.ts';
import type { Clock, DeliveryRow, Rows, Store } from './store.ts';

/** Seconds; the purge takes what has been final for a millisecond. */
const AGES = { delivered: 0.001, frozen: 0.001, log: 0 };

/**
 * PostgreSQL's `now()` as a clock that the test steps. The statements name it without its schema, and `clock` comes first on the search
 * path; the defaults of columns, which don't look there, are set to it.
 */
const STEPPED_CLOCK = `
CREATE SCHEMA clock;
CREATE TABLE clock.instant (at timestamptz(6) NOT NULL);
INSERT INTO clock.instant VALUES (to_timestamp(0));
CREATE FUNCTION clock.now() RETURNS timestamptz STABLE LANGUAGE sql AS 'SELECT at FROM clock.instant';
ALTER TABLE delivery ALTER due_at SET DEFAULT clock.now(), ALTER created_at SET DEFAULT clock.now();
ALTER TABLE message ALTER created_at SET DEFAULT clock.now();`;

/** A database whose clock is stepped. The test closes it. */
export async function openSteppedDatabase(server: TestPostgres): Promise<Database> {
  const prepared = await openTestStore(server);
  await prepared.pool.query(STEPPED_CLOCK);
  await prepared.pool.query(`DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path = clock, pg_catalog, public', current_database());
  END $$`);
  const { url } = prepared;
  // Connections made from now on see the clock.
  await prepared.close();
  return openDatabase({ url, connections: 4, onError: () => undefined });
}

/** The product's own stores, on an emptied database that tells a world's time. */
export async function createPostgresStore(database: Database, clock: Clock): Promise<Store> {
  const { pool } = database;
  await pool.query('TRUNCATE node, message, delivery, attempt, lane, log_record RESTART IDENTITY CASCADE');
  const stop = new AbortController();
  const intake = createIntakeStore(database);
  const due = createDueStore(database);
  const deliveries = createDeliveryStore(database);
  const purging = createPurgeStore(database);
  const options = { actor: 'user:model', dryRun: false };

  /** Every statement reads the time of the world. */
  async function at<Result>(work: () => Promise<Result>): Promise<Result> {
    await pool.query('UPDATE clock.instant SET at = to_timestamp($1)', [clock.now / 1000]);
    return work();
  }
  /** A node as its store changes it, which is more than one step of a world: the row, and with it the recall of its lane. */
  const change = (text: string, ...values: unknown[]) =>
    at(async () => {
      const recall = recallLanes('SELECT id FROM changed');
      await pool.query(`WITH changed AS (${text}), recalled AS (${recall}) SELECT 1`, values);
    });

  return {
    lanes(worker, now) {
      const lanes = createLaneStore({
        pool,
        worker,
        now,
        openNode: (row) => ({ ...row, auth: { type: 'none' }, tls: undefined, secrets: [] }),
        report: recordingReport(),
        signal: stop.signal,
      });
      return {
        take: (nodeId, token) => at(() => lanes.take(nodeId, token)),
        readDue: (node, most) => at(() => lanes.readDue(node, most)),
        mark: (lease, delivery, delay) => at(() => lanes.mark(lease, delivery, delay)),
        record: (result) => at(() => lanes.record(result)),
        release: (lease, state) => at(() => lanes.release(lease, state)),
        renew: (leases) => at(() => lanes.renew(leases)),
        cancelOrphans: (nodeId) => at(() => lanes.cancelOrphans(nodeId)),
      };
    },
    intake: {
      store: (message) => at(() => intake.store(message)),
      storeAll: (messages) => at(() => intake.storeAll(messages)),
    },
    dueNodes: () => at(() => due.dueNodes()),
    haveDue: (nodeIds) => at(() => due.haveDue(nodeIds)),
    replay: (includeDelivered) =>
      at(async () => nodesOf(await deliveries.replay({ filter: {} }, { ...options, includeDelivered }))),
    cancel: (id) => at(async () => nodesOf(await deliveries.cancel({ ids: [id] }, options))),
    cancelPendingOf: (node) =>
      at(async () => void (await deliveries.cancel({ filter: { node, state: 'pending' } }, options))),
    putNode: (id, { ordering, paused }) =>
      change(
        `INSERT INTO node (id, name, url, protocol, ordering, paused, subscriptions)
         VALUES ($1, $1, 'http://127.0.0.1', 'webhook', $2, $3, '{}')
         ON CONFLICT (id) DO UPDATE SET ordering = excluded.ordering, paused = excluded.paused
         RETURNING id`,
        id,
        ordering,
        paused,
      ),
    setPaused: (id, paused) => change('UPDATE node SET paused = $2 WHERE id = $1 RETURNING id', id, paused),
    deleteNode: (id) => change('DELETE FROM node WHERE id = $1 RETURNING id', id),
    async addresses() {
      const { rows } = await pool.query<{ id: string }>('SELECT id FROM node ORDER BY id');
      return rows.map(({ id }) => ({ id, did: null, subscriptions: [] }));
    },
    purge: () => at(async () => void (await purging.purge(AGES))),
    rows: () => readRows(pool),
  };
}

function nodesOf(outcome: ChangeOutcome): readonly string[] {
  return 'nodes' in outcome ? outcome.nodes.toSorted() : [];
}

async function readRows(pool: Database['pool']): Promise<Rows> {
  const [nodes, deliveries, attempts] = await Promise.all([
    pool.query<Rows['nodes'][number]>('SELECT id, ordering, paused FROM node ORDER BY id'),
    pool.query<DeliveryRow>(
      `SELECT id::text, message_id AS "messageId", node_id AS "nodeId", state, attempts, budget_start AS "budgetStart", crashes,
              round(extract(epoch FROM due_at) * 1000)::float8 AS "dueAt"
       FROM delivery ORDER BY delivery.id`,
    ),
    pool.query<Rows['attempts'][number]>(
      'SELECT delivery_id::text AS "deliveryId", number, lease, outcome FROM attempt ORDER BY delivery_id, number',
    ),
  ]);
  return { nodes: nodes.rows, deliveries: deliveries.rows, attempts: attempts.rows };
}
