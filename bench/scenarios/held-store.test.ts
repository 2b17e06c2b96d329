import { createPurgeStore } from '#persistence';
import { startServers, type Servers } from '../machine/servers.ts';
import { openHeldStore, storeDelivered } from './held-store.ts';
import { openStock, storeDue } from './stored-work.ts';

const nodes = { nodes: ['node-0', 'node-1'], origins: ['http://127.0.0.1'] };
const WEEK = 604_800;

let servers: Servers;
beforeAll(async () => {
  servers = await startServers('database');
});
afterAll(() => servers.stop());

test('a store that has been at work is filled once, and its nodes are those of each scenario', async () => {
  const first = await openHeldStore(servers, 300, nodes);
  const [newest] = (await first.pool.query<{ id: string }>('SELECT max(id) AS id FROM delivery')).rows;
  await first.close();
  const again = await openHeldStore(servers, 300, { ...nodes, nodes: ['node-2'] });
  const { rows } = await again.pool.query(
    `SELECT count(*)::int AS deliveries, count(DISTINCT message_id)::int AS messages, max(id) AS id,
            (SELECT count(*)::int FROM attempt) AS attempts, (SELECT array_agg(id ORDER BY id) FROM node) AS nodes
     FROM delivery WHERE state = 'delivered'`,
  );
  await again.close();
  const counted = { deliveries: 300, messages: 150, attempts: 300, id: newest?.id };
  expect(rows).toEqual([{ ...counted, nodes: ['node-2', 'terminal'] }]);
});

test('of messages eight days old all are purged, and none of what is due', async () => {
  const database = await openStock(servers, nodes);
  await storeDelivered(database, { held: 300, nodes: nodes.nodes, age: 8 });
  await storeDue(database, { count: 10, nodes: nodes.nodes, payload: Buffer.from('{}') });
  const purged = await createPurgeStore(database).purge({ delivered: WEEK, frozen: 0, log: 0 });
  const { rows } = await database.pool.query('SELECT count(*)::int AS left FROM delivery');
  await database.close();
  expect({ purged, rows }).toEqual({ purged: { delivered: 150, frozen: 0, log: 0 }, rows: [{ left: 10 }] });
});

test('the servers tell what they did, but for what the bench itself asks', async () => {
  const database = await openStock(servers, nodes);
  const before = await servers.counters.read();
  await database.pool.query(`SELECT /* bench */ 1 AS not_counted`);
  await database.pool.query(`INSERT INTO log_record (actor, action) VALUES ('worker', 'counted')`);
  const after = await servers.counters.read();
  await database.close();
  expect(after.statements - before.statements).toBe(1);
  expect(after.wal).toBeGreaterThan(before.wal);
});
