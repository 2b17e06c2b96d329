import { cp, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestPostgres, type TestPostgres } from '#testkit';
import { openDatabase } from './database.ts';
import { migrate } from './migrate.ts';

let server: TestPostgres;
let folder: string;

beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'migrations-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(name: string, sql: string): Promise<void> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, 'migration.sql'), sql);
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const { pool, close } = openDatabase({ url, connections: 1, onError: () => undefined });
  try {
    return (await pool.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await close();
  }
}

test('ten starters at once apply each migration once', async () => {
  const url = await server.createDatabase();
  const applied = await Promise.all(Array.from({ length: 10 }, () => migrate(url)));
  const names = applied.flat();
  expect(names.length).toBeGreaterThan(0);
  expect(new Set(names).size).toBe(names.length);
  await expect(migrate(url)).resolves.toEqual([]);
});

test("the ledger is Prisma's own", async () => {
  const url = await server.createDatabase();
  await migrate(url);
  const rows = await ask(
    url,
    'SELECT migration_name, length(checksum) AS length, applied_steps_count, rolled_back_at FROM _prisma_migrations',
  );
  expect(rows[0]).toEqual({
    migration_name: '20261124090000_initial',
    length: 64,
    applied_steps_count: 1,
    rolled_back_at: null,
  });
});

test('a migration that fails leaves nothing behind and says which it was', async () => {
  const url = await server.createDatabase();
  await write('1_good', 'CREATE TABLE good (id int)');
  await write('2_bad', 'CREATE TABLE bad (id int); SELECT nonsense');
  await expect(migrate(url, folder)).rejects.toThrow(/migration 2_bad failed and was rolled back/);
  await expect(ask(url, `SELECT to_regclass('good')::text AS good, to_regclass('bad')::text AS bad`)).resolves.toEqual([
    { good: 'good', bad: null },
  ]);
});

test('a migration that was changed afterwards stops the start', async () => {
  const url = await server.createDatabase();
  await write('1_first', 'CREATE TABLE first (id int)');
  await migrate(url, folder);
  await write('1_first', 'CREATE TABLE first (id bigint)');
  await expect(migrate(url, folder)).rejects.toThrow(/1_first was changed after it was applied/);
});

test('a database that is ahead of this build is left as it is', async () => {
  const url = await server.createDatabase();
  await write('1_first', 'CREATE TABLE first (id int)');
  await write('2_newer', 'CREATE TABLE newer (id int)');
  await migrate(url, folder);
  const older = await mkdtemp(join(tmpdir(), 'migrations-'));
  await cp(join(folder, '1_first'), join(older, '1_first'), { recursive: true });
  await expect(migrate(url, older)).resolves.toEqual([]);
  await rm(older, { recursive: true });
});
