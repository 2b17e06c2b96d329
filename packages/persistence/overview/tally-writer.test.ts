import { openTestStore, recordingReport, registerTestNode, startTestPostgres, type TestPostgres } from '#testkit';
import type { Database } from '../database.ts';
import { createPurgeStore } from '../purge-store.ts';
import { createOverviewStore } from './overview-store.ts';
import { createTallyWriter, type TallyWriter } from './tally-writer.ts';

let server: TestPostgres;
let database: Database;
let now = 0;
let open: TallyWriter[] = [];

beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  database = await openTestStore(server);
  now = 1_000_000;
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((writer) => writer.stop()));
  await database.close();
});

/** One that writes only when it is told to. */
function writer(pool: Database['pool'] = database.pool): TallyWriter {
  const made = createTallyWriter({ pool, report: recordingReport(), now: () => now, every: 86_400 });
  open.push(made);
  return made;
}

const success = {
  nodeId: 'customs',
  outcome: 'success',
  duration: 20,
  status: 200,
  error: null,
  frozen: false,
} as const;
const failure = {
  ...success,
  outcome: 'http-error',
  duration: 700,
  status: 503,
  error: 'it answered 503',
  frozen: true,
} as const;

const overview = () => createOverviewStore({ database, now: () => performance.now() });

async function standing() {
  const node = await overview().findNode('customs');
  if (node === null) throw new Error('not registered');
  return node;
}

test('what was counted is summed up by node and for all, in the minute and in the hour', async () => {
  const tallies = writer();
  tallies.accepted('carrier', ['customs', 'terminal']);
  tallies.attempted(success);
  tallies.attempted({ ...success, nodeId: 'terminal' });
  tallies.attempted(failure);
  await tallies.flush();
  tallies.attempted(success);
  await tallies.flush();
  for (const period of [3_600, 2_592_000]) {
    const all = (await overview().series(null, period)).points.at(-1);
    expect(all).toMatchObject({
      accepted: 1,
      queued: 2,
      delivered: 3,
      failed: 1,
      frozen: 1,
      outcomes: { 'http-error': 1 },
    });
    const customs = (await overview().series('customs', period)).points.at(-1);
    expect(customs).toMatchObject({ accepted: 0, queued: 1, delivered: 2, failed: 1, frozen: 1 });
  }
});

test('durations are told by the bins that they fell into', async () => {
  const tallies = writer();
  for (let i = 0; i < 90; i += 1) tallies.attempted({ ...success, duration: 7 });
  for (let i = 0; i < 10; i += 1) tallies.attempted({ ...success, duration: 4_000 });
  await tallies.flush();
  const point = (await overview().series(null, 900)).points.at(-1);
  expect(point?.median).toBeGreaterThan(5);
  expect(point?.median).toBeLessThanOrEqual(10);
  expect(point?.p95).toBeGreaterThan(2_500);
  expect(point?.p95).toBeLessThanOrEqual(5_000);
});

test('many processes add to the same figures', async () => {
  const writers = Array.from({ length: 8 }, () => writer());
  for (const one of writers) {
    for (const nodeId of ['a', 'b', 'c', 'd']) one.attempted({ ...success, nodeId });
  }
  await Promise.all(writers.map((one) => one.flush()));
  expect((await overview().series(null, 900)).points.at(-1)?.delivered).toBe(32);
});

test('a node fails since its first failure after its last success, whoever saw which', async () => {
  await registerTestNode(database, 'customs');
  const [first, second] = [writer(), writer()];
  first.attempted(success);
  await first.flush();
  expect(await standing()).toMatchObject({ failingSince: null, lastOutcome: 'success' });
  first.attempted(failure);
  now += 60_000;
  await first.flush();
  const since = (await standing()).failingSince;
  expect(since).not.toBeNull();
  now += 60_000;
  second.attempted(failure);
  await second.flush();
  expect(await standing()).toMatchObject({ failingSince: since, lastStatus: 503, lastError: 'it answered 503' });
  second.attempted(success);
  second.attempted(failure);
  await second.flush();
  expect((await standing()).failingSince?.getTime()).toBeGreaterThan(since?.getTime() ?? Infinity);
  second.attempted(success);
  await second.flush();
  expect(await standing()).toMatchObject({ failingSince: null, lastStatus: 200, lastError: null });
});

test('what could not be written is written with the next', async () => {
  let isAway = true;
  const pool = new Proxy(database.pool, {
    get: (target, property) => {
      if (property !== 'connect') return Reflect.get(target, property) as unknown;
      return () => (isAway ? Promise.reject(new Error('away')) : target.connect());
    },
  });
  const tallies = writer(pool);
  tallies.attempted(success);
  await expect(tallies.flush()).rejects.toThrow('away');
  tallies.attempted(failure);
  isAway = false;
  await tallies.flush();
  expect((await overview().series('customs', 900)).points.at(-1)).toMatchObject({ delivered: 1, failed: 1 });
});

test('what is still counted is written at the end', async () => {
  const tallies = writer();
  tallies.attempted(success);
  await tallies.stop();
  expect((await overview().series(null, 900)).points.at(-1)?.delivered).toBe(1);
});

test('the purge takes away what no chart shows any more', async () => {
  await database.pool.query(
    `INSERT INTO tally (width, node_id, at, kind, count, duration, bins)
     SELECT width, '', now() - make_interval(days => days), 'success', 1, 1, '{1}' FROM (VALUES (60, 2), (60, 5), (3600, 5), (3600, 30), (3600, 33)) AS t(width, days)`,
  );
  await createPurgeStore(database).purge({ delivered: 0, frozen: 0, log: 0 });
  const { rows } = await database.pool.query<{ width: number; days: number }>(
    `SELECT width, round(extract(epoch FROM now() - at) / 86400)::int AS days FROM tally ORDER BY 1, 2`,
  );
  expect(rows).toEqual([
    { width: 60, days: 2 },
    { width: 3_600, days: 5 },
    { width: 3_600, days: 30 },
  ]);
});
