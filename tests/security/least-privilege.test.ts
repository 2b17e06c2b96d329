import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase } from '#persistence';
import { startTestPostgres, startTestRedis, type TestPostgres, type TestRedis } from '#testkit';
import { freshId, startSystem, type TestSystem } from '../system/index.ts';

const folder = join(__dirname, '../../deploy/least-privilege');
const PASSWORD = 'for-the-least-privilege';

let postgres: TestPostgres;
let redis: TestRedis;
beforeAll(async () => {
  postgres = await startTestPostgres();
  redis = await startTestRedis();
});
afterAll(async () => {
  await redis.stop();
  await postgres.stop();
});

/** Runs statements as the owner of a database. */
async function asOwner(url: string, ...statements: readonly string[]): Promise<void> {
  const { pool, close } = openDatabase({ url, connections: 1, onError: () => undefined });
  for (const statement of statements) await pool.query(statement);
  await close();
}

/** A database whose tables the owner made by a start of the system, and a user with no more rights than a running system needs. */
async function prepare(queueUrl: string): Promise<string> {
  const owner = await postgres.createDatabase();
  await (await startSystem({ databaseUrl: owner, queueUrl })).stop();
  const user = freshId('app').replace('-', '_');
  const rights = await readFile(join(folder, 'postgres.sql'), 'utf8');
  await asOwner(owner, rights, `CREATE ROLE ${user} LOGIN PASSWORD '${PASSWORD}' IN ROLE orchestrator_runtime`);
  const url = new URL(owner);
  url.username = user;
  url.password = PASSWORD;
  return url.href;
}

/** All that writes somewhere: nodes, keys, users, messages, deliveries, frozen ones replayed, a purge, the audit. */
async function work(system: TestSystem): Promise<void> {
  const node = await system.node({}, [{ status: 410 }, { status: 200 }]);
  const { id } = await system.send(node.key, { destinations: [node.id] });
  await system.until(id, node.id, ({ state }) => state === 'frozen');
  const replay = await system.call('POST', '/api/v1/deliveries/replay', { body: { filter: { node: node.id } } });
  expect(replay).toMatchObject({ status: 200, body: { count: 1 } });
  await system.until(id, node.id, ({ state }) => state === 'delivered');
  await system.query(`UPDATE message SET created_at = now() - interval '400 days'`);
  for (const path of ['/purge', '/secrets/reseal'])
    expect((await system.call('POST', `/api/v1${path}`)).status).toBe(200);
  const user = { username: freshId('ann'), password: 'long enough', role: 'viewer' };
  expect((await system.call('POST', '/api/v1/users', { body: user })).status).toBe(201);
  expect((await system.call('DELETE', `/api/v1/nodes/${node.id}`)).status).toBe(204);
  expect((await system.call('GET', '/api/v1/audit/verify')).body).toMatchObject({ brokenAt: null });
  expect(system.report.reported.filter(({ level }) => level === 'error')).toEqual([]);
}

const FORBIDDEN = [
  'CREATE TABLE public.theirs ()',
  'CREATE SCHEMA theirs',
  'ALTER TABLE message ADD COLUMN theirs int',
  'DROP TABLE message',
  'TRUNCATE message',
  'UPDATE audit_record SET entry = entry',
  'DELETE FROM audit_record',
  'ALTER TABLE audit_record DISABLE TRIGGER USER',
  'DELETE FROM "_prisma_migrations"',
  'CREATE ROLE theirs',
];

test('with the queue in the database, all goes on without any right to change a table', async () => {
  const databaseUrl = await prepare('database');
  const system = await startSystem({ databaseUrl, queueUrl: 'database' });
  await work(system);
  for (const statement of FORBIDDEN) {
    await expect(system.query(statement)).rejects.toThrow(/permission denied|must be owner/);
  }
  await system.stop();
});

test('with Redis, all goes on with a user that may not look at, empty or configure it', async () => {
  const [line = ''] = (await readFile(join(folder, 'users.acl'), 'utf8')).split('\n');
  const user = line.replace('user ', '').replace('PASSWORD', PASSWORD);
  expect(await redis.command(`ACL SETUSER ${user}`)).toContain('OK');
  const queueUrl = redis.url.replace('redis://', `redis://orchestrator:${PASSWORD}@`);
  const system = await startSystem({ databaseUrl: await prepare(queueUrl), queueUrl });
  await work(system);
  for (const command of ['FLUSHALL', 'FLUSHDB', 'CONFIG GET *', 'KEYS *', 'SHUTDOWN', 'GET theirs', 'DEBUG SLEEP 0']) {
    expect(await redis.command(`ACL DRYRUN orchestrator ${command}`)).toMatch(/no permissions|has no/);
  }
  expect(await redis.command('ACL DRYRUN orchestrator GET orchestrator:lanes:meta')).toContain('OK');
  await system.stop();
});
