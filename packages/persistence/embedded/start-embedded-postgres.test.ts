import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { recordingReport, type RecordingReport } from '#testkit';
import { findServerUser } from './server-user.ts';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './start-embedded-postgres.ts';

const copies = join(tmpdir(), `orchestrator-postgres-binaries-${userInfo().uid}`);
const isRoot = userInfo().uid === 0;

let folder: string;
let report: RecordingReport;
const running: EmbeddedPostgres[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'embedded-postgres-'));
  report = recordingReport();
});
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop('immediate');
  await rm(folder, { recursive: true, force: true });
});

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ folder, report, copies, ...options });
  running.push(server);
  return server;
}

async function ask(url: string, sql: string): Promise<Record<string, unknown> | undefined> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows[0];
  } finally {
    await client.end();
  }
}

test('the database is there, durable, and on this machine only', async () => {
  const { url } = await start();
  expect(await ask(url, 'SELECT current_database() AS name')).toEqual({ name: 'orchestrator' });
  const settings = ['fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'unix_socket_directories'];
  const columns = settings.map((name) => `current_setting('${name}') AS ${name}`);
  expect(await ask(url, `SELECT ${columns.join(', ')}`)).toEqual({
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
  });
});

test('nobody connects without the password, which only the server may read', async () => {
  const { url } = await start();
  const wrong = url.replace(/:[^:@]+@/, ':wrong@');
  await expect(ask(wrong, 'SELECT 1')).rejects.toThrow('password authentication failed');
  expect(await ask(url, 'SELECT rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL')).toEqual({
    rolpassword: expect.stringMatching(/^SCRAM-SHA-256\$/),
  });
  expect((await stat(join(folder, 'password'))).mode & 0o777).toBe(0o600);
});

test('Ctrl-C in our terminal does not reach the server, which leads a process group of its own', async () => {
  const { pid } = await start();
  expect(() => process.kill(-pid, 0)).not.toThrow();
});

test('data outlives the server, which may come back on another port', async () => {
  const first = await start();
  await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await first.stop();
  await first.stop('immediate');
  const second = await start();
  expect(await ask(second.url, 'SELECT * FROM kept')).toEqual({ answer: 42 });
});

test('after a kill the next start recovers what was committed', async () => {
  const first = await start();
  await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  process.kill(first.pid, 'SIGKILL');
  await report.seen('postgres.exited');
  const second = await start();
  expect(await ask(second.url, 'SELECT * FROM kept')).toEqual({ answer: 42 });
});

test('a server whose owner was killed is stopped, and another one started', async () => {
  const first = await start();
  await writeFile(join(folder, 'owner.pid'), String(await pidOfTheDead()));
  const second = await start();
  expect(report.factsOf('postgres.predecessor-stopped')).toMatchObject([{ pid: first.pid }]);
  await expect(ask(first.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
  await expect(ask(second.url, 'SELECT 1')).resolves.toBeDefined();
});

test('a server whose owner is at work is left alone', async () => {
  const first = await start();
  await expect(startEmbeddedPostgres({ folder, report, copies })).rejects.toMatchObject({
    code: 'POSTGRES_IN_USE',
    message: expect.stringContaining(`in use by process ${process.pid}`),
  });
  await expect(ask(first.url, 'SELECT 1')).resolves.toBeDefined();
});

test('a pid file whose number has gone to another program is no obstacle', async () => {
  const first = await start();
  const pidFile = join(folder, 'data/postmaster.pid');
  const content = await readFile(pidFile, 'utf8');
  await first.stop();
  const stranger = await startStranger();
  await writeFile(pidFile, content.replace(/^\d+/, String(stranger.pid)));
  const second = await start();
  await expect(ask(second.url, 'SELECT 1')).resolves.toBeDefined();
  expect(stranger.exitCode).toBeNull();
  stranger.kill('SIGKILL');
});

test('data of another major version is refused with a way out', async () => {
  await (await start()).stop();
  await writeFile(join(folder, 'data/PG_VERSION'), '17\n');
  await expect(start()).rejects.toMatchObject({
    code: 'POSTGRES_VERSION',
    message: expect.stringMatching(/written by PostgreSQL 17, .* brings PostgreSQL 18.*pg_dump/),
  });
});

test('data without its password is refused', async () => {
  await (await start()).stop();
  await rm(join(folder, 'password'));
  await expect(start()).rejects.toMatchObject({ code: 'POSTGRES_PASSWORD' });
});

test('an interrupted first start is begun anew', async () => {
  await (await start()).stop();
  await rm(join(folder, 'data/PG_VERSION'));
  await rm(join(folder, 'data'), { recursive: true });
  await writeFile(join(folder, 'data.new'), 'half');
  const { url } = await start();
  await expect(ask(url, 'SELECT 1')).resolves.toBeDefined();
  expect(await readdir(folder)).not.toContain('data.new');
});

test('a port that is taken is named in the error, and not taken from its user', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await expect(start({ port })).rejects.toMatchObject({
    code: 'POSTGRES_START',
    message: expect.stringContaining('could not bind IPv4 address'),
  });
  other.close();
});

// Only root enters a folder that is closed to the user whom the server runs as; CI is root.
(isRoot ? test : test.skip)(
  'below a folder closed to its user the server lives elsewhere, and says so once',
  async () => {
    await chmod(folder, 0o700);
    const wanted = join(folder, 'data/postgres');
    const first = await start({ folder: wanted });
    await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    expect(first.folder).not.toContain(folder);
    expect(report.factsOf('postgres.relocated')).toEqual([
      { wanted, folder: first.folder, reason: expect.stringContaining('may not enter') },
    ]);
    await first.stop();
    const second = await start({ folder: wanted });
    expect(await ask(second.url, 'SELECT * FROM kept')).toEqual({ answer: 42 });
    await second.stop();
    await rm(first.folder, { recursive: true });
  },
);

/** A process of the server's user: PostgreSQL looks no further than whether there is one. */
async function startStranger(): Promise<ChildProcess> {
  const stranger = spawn('sleep', ['60'], { ...(await findServerUser()), stdio: 'ignore' });
  await once(stranger, 'spawn');
  return stranger;
}

async function pidOfTheDead(): Promise<number> {
  const process = spawn('true');
  await once(process, 'exit');
  return process.pid ?? 0;
}
