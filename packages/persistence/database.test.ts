import { startTcpProxy, startTestPostgres, type TcpProxy, type TestPostgres } from '#testkit';
import { isPassing } from './database-error.ts';
import { openDatabase, type Database } from './database.ts';

/** Ms. */
const SHORT = 500;

let server: TestPostgres;
let proxy: TcpProxy;
let direct: Database;
let database: Database;

beforeAll(async () => {
  server = await startTestPostgres();
  proxy = await startTcpProxy(server.port);
  direct = openDatabase({ url: server.url, connections: 1, onError: () => undefined });
});
afterAll(async () => {
  await direct.close();
  await proxy.close();
  await server.stop();
});
beforeEach(() => {
  proxy.heal();
  const url = proxy.through(server.url);
  database = openDatabase({ url, connections: 2, statementTimeout: SHORT, onError: () => undefined });
});
afterEach(() => database.close());

const errorOf = (statement: Promise<unknown>) =>
  statement.then(
    () => 'no error',
    (reason: unknown) => reason,
  );

test.each([
  ['pg', () => database.pool.query('SELECT pg_sleep(60)::text')],
  ['prisma', () => database.prisma.$queryRawUnsafe('SELECT pg_sleep(60)::text')],
] as const)('the server gives up a statement of %s that takes too long, which passes', async (_name, statement) => {
  const error = await errorOf(Promise.resolve(statement()));
  expect(String(error)).toContain('statement timeout');
  expect(isPassing(error)).toBe(true);
  await expect(database.pool.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
});

test.each([
  ['pg', () => database.pool.query('SELECT 1')],
  ['prisma', () => database.prisma.$queryRaw`SELECT 1`],
  ['a transaction of prisma', () => database.prisma.$transaction((tx) => tx.$queryRaw`SELECT 1`)],
] as const)(
  'over a line that has become half open a statement of %s fails, and the next goes over another',
  async (_name, statement) => {
    await statement();
    proxy.lose();
    const error = await errorOf(Promise.resolve(statement()));
    expect(isPassing(error)).toBe(true);
    proxy.heal();
    await statement();
  },
);

test('a transaction over a line that becomes half open in the middle of it leaves no broken connection, and no lock', async () => {
  await direct.pool.query('CREATE TABLE IF NOT EXISTS thing AS SELECT 1 AS id');
  const broken = errorOf(
    database.prisma.$transaction(async (tx) => {
      await tx.$executeRaw`UPDATE thing SET id = 2`;
      proxy.lose();
      await tx.$executeRaw`UPDATE thing SET id = 3`;
    }),
  );
  expect(isPassing(await broken)).toBe(true);
  proxy.heal();
  await Promise.all([1, 2, 3].map(() => database.pool.query('SELECT 1')));
  // The server hears nothing of its client's end either: it ends the transaction by itself.
  await direct.pool.query('UPDATE thing SET id = 4');
});

test('without a limit a statement takes as long as it takes', async () => {
  const patient = openDatabase({ url: server.url, connections: 1, onError: () => undefined });
  const slow = patient.pool.query('SELECT pg_sleep(2 * $1::float8 / 1000)::text', [SHORT]);
  await expect(slow).resolves.toMatchObject({ rowCount: 1 });
  await patient.close();
});
