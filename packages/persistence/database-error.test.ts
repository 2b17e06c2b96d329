import { startTestPostgres, type TestPostgres } from '#testkit';
import { openDatabase, type Database } from './database.ts';
import { isPassing } from './database-error.ts';

let server: TestPostgres;
let database: Database;

beforeAll(async () => {
  server = await startTestPostgres();
  database = openDatabase({ url: server.url, connections: 3, onError: () => undefined });
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

const sleeping = `SELECT pg_sleep(60)::text AS slept`;

/** Cuts every connection once a statement is asleep, over one of its own. */
async function cutSleepers(): Promise<void> {
  const watcher = openDatabase({ url: server.url, connections: 1, onError: () => undefined });
  const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()
               AND state = 'active'`;
  for (let asleep = 0; asleep === 0;) asleep = (await watcher.pool.query(cut)).rowCount ?? 0;
  await watcher.close();
}

test.each([
  ['pg', () => database.pool.query(sleeping)],
  ['prisma', () => database.prisma.$queryRawUnsafe(sleeping)],
  [
    'a transaction of prisma',
    () => database.prisma.$transaction((tx) => tx.$queryRawUnsafe(sleeping), { timeout: 60_000 }),
  ],
] as const)('a connection that is cut under %s passes', async (_name, statement) => {
  const error = Promise.resolve(statement()).then(
    () => 'no error',
    (reason: unknown) => reason,
  );
  await cutSleepers();
  expect(isPassing(await error)).toBe(true);
});

test('a database that is away passes, a statement that is wrong does not', async () => {
  expect(isPassing(await database.pool.query('SELECT nonsense').catch((error: unknown) => error))).toBe(false);
  expect(isPassing(await database.prisma.$queryRawUnsafe('SELECT nonsense').catch((error: unknown) => error))).toBe(
    false,
  );
  await server.halt();
  expect(isPassing(await database.pool.query('SELECT 1').catch((error: unknown) => error))).toBe(true);
  expect(isPassing(await database.prisma.node.count().catch((error: unknown) => error))).toBe(true);
  await server.restart();
});
