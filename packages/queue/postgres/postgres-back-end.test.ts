import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { recordingReport, startTcpProxy, startTestPostgres, until, type TestPostgres } from '#testkit';
import { openDatabase } from '#persistence';
import { connectQueue, type LaneQueue } from '../connect-queue.ts';
import { IDLE, scriptedLanes } from '../scripted-lanes.ts';
import { createBackend } from './create-backend.ts';

let server: TestPostgres;
let databaseUrl: string;
const opened: LaneQueue[] = [];
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  databaseUrl = await server.createDatabase();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((queue) => queue.close(AbortSignal.abort())));
});

async function connect(url = databaseUrl): Promise<LaneQueue> {
  const queue = await connectQueue({ url: 'database', databaseUrl: url, report: recordingReport() });
  opened.push(queue);
  return queue;
}

async function execute(sql: string): Promise<void> {
  const { pool, close } = openDatabase({ url: databaseUrl, connections: 1, onError: () => undefined });
  await pool.query(sql);
  await close();
}

test('many processes starting at once on an empty database all find the tables', async () => {
  const queues = await Promise.all(Array.from({ length: 5 }, () => connect()));
  await Promise.all(queues.map((queue) => queue.wake(['a'])));
  expect(await queues[0]?.queues()[0]?.getJobCountByTypes('waiting')).toBe(1);
});

test("BullMQ's tables are made at every start, in a schema of their own", async () => {
  await connect();
  await execute('DROP SCHEMA bullmq CASCADE');
  const queue = await connect();
  await queue.wake(['a']);
  await execute(`SELECT 1 / count(*) FROM bullmq.job WHERE data ->> 'nodeId' = 'a'`);
});

test('a database that does not answer stops the start', async () => {
  const away = connectQueue({
    url: 'database',
    databaseUrl: 'postgres://nobody@127.0.0.1:1/none',
    report: recordingReport(),
  });
  await expect(away).rejects.toThrow('ECONNREFUSED');
});

test('connections cut again and again cost runs, never a lane', async () => {
  const queue = await connect();
  const lanes = scriptedLanes();
  queue.consumeLanes({ name: 'test', concurrency: 4, run: lanes.run, afterDelay: lanes.afterDelay });
  for (let round = 0; round < 5; round += 1) {
    const nodes = Array.from({ length: 8 }, (_, i) => `node-${round}-${i}`);
    await until(() => queue.wake(nodes));
    const missing = new Set(nodes);
    while (missing.size > 0) {
      const run = await lanes.next();
      missing.delete(run.nodeId);
      // One in two is finished over a connection that has just been cut.
      if (missing.size % 2 === 0) await server.terminateConnections();
      run.end(IDLE);
    }
  }
});

test('a listener whose line has become half open is replaced, and hears of jobs again', async () => {
  const proxy = await startTcpProxy(server.port);
  const direct = openDatabase({ url: databaseUrl, connections: 1, onError: () => undefined });
  const queue = await connect(proxy.through(databaseUrl));
  const lanes = scriptedLanes();
  queue.consumeLanes({ name: 'test', concurrency: 1, run: lanes.run, afterDelay: lanes.afterDelay });
  const listeners = async () => {
    const { rows } = await direct.pool.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE application_name LIKE '%:w:test'`,
    );
    return rows.map(({ pid }) => pid);
  };
  await until(async () => expect(await listeners()).toHaveLength(1));
  proxy.lose();
  proxy.heal();
  // The server knows of neither's end: the old one stays.
  await until(async () => expect(await listeners()).toHaveLength(2));
  await until(() => queue.wake(['a']));
  (await lanes.next()).end(IDLE);
  await queue.close();
  await direct.close();
  await proxy.close();
});

test("a worker's wait is bounded, so that a lost notification costs seconds and not an hour", async () => {
  const backend = createBackend('lanes', { connection: { connectionString: databaseUrl } });
  expect(backend.maximumBlockTimeout).toBe(10);
  await backend.close();
});

test('the version of BullMQ is pinned: another one would change its tables unasked', () => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
  const { version } = createRequire(import.meta.url)('bullmq/package.json') as { version: string };
  expect(dependencies['bullmq']).toBe(version);
});
