import { openDatabase } from '#persistence';
import { startTestPostgres, type TestPostgres } from './start-test-postgres.ts';

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

async function ask(url: string, sql: string): Promise<unknown> {
  const { pool, close } = openDatabase({ url, connections: 1, onError: () => undefined });
  try {
    return (await pool.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await close();
  }
}

test('each database is fresh and apart from the others', async () => {
  const [one, other] = await Promise.all([server.createDatabase(), server.createDatabase()]);
  await ask(one, 'CREATE TABLE here (id int)');
  await expect(ask(one, 'SELECT * FROM here')).resolves.toEqual([]);
  await expect(ask(other, 'SELECT * FROM here')).rejects.toThrow('does not exist');
});

test('a restart keeps port and data', async () => {
  const url = await server.createDatabase();
  await ask(url, 'CREATE TABLE kept AS SELECT 1 AS id');
  await server.restart('fast');
  await expect(ask(url, 'SELECT id FROM kept')).resolves.toEqual([{ id: 1 }]);
});

test('terminated connections are cut', async () => {
  const broken = new Promise<Error>((resolve) => {
    const { pool } = openDatabase({ url: server.url, connections: 1, onError: resolve });
    void pool.query('SELECT 1').then(() => server.terminateConnections());
  });
  await expect(broken).resolves.toThrow('terminating connection');
});

test('a paused server answers nothing until it is resumed', async () => {
  const { pool, close } = openDatabase({ url: server.url, connections: 1, onError: () => undefined });
  await pool.query('SELECT 1');
  server.pause();
  let answered = false;
  const answer = pool.query('SELECT 1').then(() => (answered = true));
  // Another server's whole start and stop is time enough for an answer.
  const other = await startTestPostgres();
  await other.stop();
  expect(answered).toBe(false);
  server.resume();
  await answer;
  expect(answered).toBe(true);
  await close();
});
