import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { openDatabase, startEmbeddedPostgres, type Database, type EmbeddedPostgres, type StopMode } from '#persistence';
import { leash } from '../leash.ts';
import { recordingReport } from '../recording-report.ts';

/** A real PostgreSQL of a test's own, in a temporary folder. */
export interface TestPostgres {
  /** The database `orchestrator` of this server. */
  readonly url: string;
  /** Where PostgreSQL keeps its files. */
  readonly data: string;
  readonly port: number;
  /** A fresh, empty database; dropped with the server. Answers its URL. */
  createDatabase(): Promise<string>;
  /** Stops and starts it on the same port: `fast` as an operator does, `immediate` as a crash does. */
  restart(mode?: StopMode): Promise<void>;
  /** Stops it without starting it again. */
  halt(mode?: StopMode): Promise<void>;
  /** Freezes the server and all its processes (SIGSTOP): connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Cuts every client's connection; answers how many. */
  terminateConnections(): Promise<number>;
  /** Ends it and removes everything. */
  stop(): Promise<void>;
}

export interface TestPostgresOptions {
  /** Survives `restart('immediate')`, and every commit waits for the disk. Off unless a test is about that. */
  readonly durable?: boolean;
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Where its folder is made; among the temporary ones unless told. */
  readonly below?: string;
}

const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

export async function startTestPostgres({
  durable = false,
  settings = {},
  below = tmpdir(),
}: TestPostgresOptions = {}): Promise<TestPostgres> {
  const folder = await mkdtemp(join(below, 'orchestrator-postgres-'));
  const start = (port?: number): Promise<EmbeddedPostgres> =>
    startEmbeddedPostgres({
      folder,
      report: recordingReport(),
      settings: { shared_buffers: '32MB', ...(durable ? {} : FAST), ...settings },
      // One copy for all test servers of this machine, should one be needed.
      copies: join(tmpdir(), `orchestrator-postgres-binaries-${userInfo().uid}`),
      ...(port !== undefined && { port }),
    });
  let server = await start();
  let unleash = leash(server.pid, folder);
  const { url, port } = server;
  const withAdmin = <Result>(work: (database: Database) => Promise<Result>) => withDatabase(url, work);

  async function halt(mode: StopMode = 'fast'): Promise<void> {
    unleash();
    await server.stop(mode);
  }
  return {
    url,
    data: join(server.folder, 'data'),
    port,
    async createDatabase() {
      const name = `test_${randomBytes(6).toString('hex')}`;
      await withAdmin(({ pool }) => pool.query(`CREATE DATABASE ${name}`));
      return url.replace(/[^/]+$/, name);
    },
    async restart(mode) {
      await halt(mode);
      server = await start(port);
      unleash = leash(server.pid, folder);
    },
    halt,
    pause: () => signalAll(server.pid, 'SIGSTOP'),
    resume: () => signalAll(server.pid, 'SIGCONT'),
    terminateConnections: () => withAdmin(terminateOthers),
    async stop() {
      await halt('immediate');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function withDatabase<Result>(url: string, work: (database: Database) => Promise<Result>): Promise<Result> {
  const database = openDatabase({ url, connections: 1, onError: () => undefined });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

async function terminateOthers({ pool }: Database): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(pg_terminate_backend(pid))::int AS count FROM pg_stat_activity
      WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`,
  );
  return rows[0]?.count ?? 0;
}

/** Each of PostgreSQL's processes is a process group of its own, so that one signal does not reach them all. */
function signalAll(postmaster: number, signal: NodeJS.Signals): void {
  process.kill(postmaster, signal);
  for (const pid of childrenOf(postmaster)) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // A process that has served its connection may end at any moment.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function childrenOf(pid: number): number[] {
  const list =
    process.platform === 'linux'
      ? readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      : execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
  return list.split(/\s+/).filter(Boolean).map(Number);
}
