import { startTestPostgres, type TestPostgres } from '#testkit';
import { createStatsStore } from './stats-store.ts';
import { openStores, type StoresUnderTest } from './stores-under-test.ts';

let postgres: TestPostgres;
let stores: StoresUnderTest;
beforeAll(async () => {
  postgres = await startTestPostgres();
  stores = await openStores(postgres.url);
});
beforeEach(() => stores.clear());
afterAll(async () => {
  await stores.close();
  await postgres.stop();
});

const nothing = { pending: 0, delivered: 0, frozen: 0, cancelled: 0 };

test('an empty system has zeros', async () => {
  const stats = createStatsStore({ database: stores.database, now: () => 0 });
  expect(await stats.read()).toEqual({
    deliveries: nothing,
    nodes: [],
    rates: { accepted: 0, delivered: 0, frozen: 0 },
  });
});

test('the figures are given again for nine times as long as they took, then found anew', async () => {
  let now = 0;
  const clock = [1000, 1010];
  const stats = createStatsStore({ database: stores.database, now: () => clock.shift() ?? now });
  expect((await stats.read()).deliveries).toEqual(nothing);
  await stores.seed({ to: { customs: 'pending' } });
  now = 1099;
  expect((await stats.read()).deliveries).toEqual(nothing);
  now = 1100;
  expect((await stats.read()).deliveries).toEqual({ ...nothing, pending: 1 });
});

test('many who ask at once share one look', async () => {
  let queries = 0;
  const pool = { query: (...call: [string]) => ((queries += 1), stores.database.pool.query(...call)) };
  const database = { pool } as unknown as StoresUnderTest['database'];
  const stats = createStatsStore({ database, now: () => performance.now() });
  const first = await Promise.all(Array.from({ length: 20 }, () => stats.read()));
  expect(new Set(first).size).toBe(1);
  const alone = queries;
  expect(alone).toBeLessThan(20);
});

test('a look that failed is not given again', async () => {
  let fails = true;
  const pool = {
    query: (...call: [string]) => (fails ? Promise.reject(new Error('away')) : stores.database.pool.query(...call)),
  };
  const database = { pool } as unknown as StoresUnderTest['database'];
  const stats = createStatsStore({ database, now: () => 0 });
  await expect(stats.read()).rejects.toThrow('away');
  fails = false;
  expect((await stats.read()).deliveries).toEqual(nothing);
});

test('a rate is over five minutes; what is older does not count', async () => {
  const old = new Date(Date.now() - 301_000);
  await stores.seed({ to: { customs: 'delivered' }, at: old });
  await stores.seed({ to: { customs: 'delivered', port: 'frozen' } });
  const stats = createStatsStore({ database: stores.database, now: () => 0 });
  expect((await stats.read()).rates).toEqual({ accepted: 1 / 300, delivered: 1 / 300, frozen: 1 / 300 });
});
