import pg from 'pg';
import type { Report } from '#core';
import { prepareBinaries } from './binaries.ts';
import { prepareCluster, ROLE } from './cluster.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { findFreePort } from './free-port.ts';
import { prepareHome } from './home.ts';
import { launch, stopServer, type LaunchOptions, type StopMode } from './postmaster.ts';
import { claim, giveUpClaim, inUse, removeStalePidFile, stopPredecessor } from './predecessor.ts';
import { findServerUser } from './server-user.ts';

export type { StopMode } from './postmaster.ts';

/** A running PostgreSQL that only this machine can reach. */
export interface EmbeddedPostgres {
  /** `postgres://…`, the password included. */
  readonly url: string;
  readonly port: number;
  /** The server's process. */
  readonly pid: number;
  /** Where everything of it lies: the folder asked for, or the one that had to be used instead. */
  readonly folder: string;
  /** Ends the server; `fast` unless told. Safe to call twice. */
  stop(mode?: StopMode): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Holds data, password and, if need be, binaries. Made when missing. */
  readonly folder: string;
  readonly report: Report;
  /** A free one when left out, another at each start. */
  readonly port?: number;
  /** Server settings above ours, such as the `fsync: 'off'` of tests. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Where a copy of the binaries is kept if one is needed; `folder` when left out. */
  readonly copies?: string;
}

const DATABASE = 'orchestrator';

/**
 * Starts the PostgreSQL that comes as an npm package, on 127.0.0.1 only, with the database `orchestrator` in it. The data outlives it:
 * the next start goes on with it, after a crash too.
 *
 * @throws EmbeddedPostgresError, with a message that says what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { report, settings = {} } = options;
  const user = await findServerUser();
  const home = await prepareHome(options.folder, user, report);
  const binaries = await prepareBinaries(options.copies ?? home, user);
  const { data, password } = await prepareCluster(home, binaries, user);
  await stopPredecessor(home, { binaries, data, user, report });
  const server = await start({ binaries, data, user, report, settings }, options.port);
  await claim(home);
  const urlOf = (database: string) => `postgres://${ROLE}:${password}@127.0.0.1:${server.port}/${database}`;
  await createDatabase(urlOf('postgres'));

  let stopping: Promise<void> | undefined;
  void server.exited.then((said) => stopping ?? report.error('postgres.exited', { pid: server.pid, said }));
  report.info('postgres.started', { pid: server.pid, port: server.port, folder: home, version: binaries.major });

  async function stop(mode: StopMode): Promise<void> {
    await stopServer({ binaries, data, user }, mode);
    await server.exited;
    await giveUpClaim(home);
    report.info('postgres.stopped', { pid: server.pid, mode });
  }
  return {
    url: urlOf(DATABASE),
    port: server.port,
    pid: server.pid,
    folder: home,
    stop: (mode = 'fast') => (stopping ??= stop(mode)),
  };
}

interface Started {
  readonly port: number;
  readonly pid: number;
  readonly exited: Promise<string>;
}

/** How often a start is tried again for a reason that passes: 50 times 200 ms are 10 s. */
const TRIES = 50;
const PAUSE = 200;

async function start(options: Omit<LaunchOptions, 'port'>, wantedPort: number | undefined): Promise<Started> {
  for (let tried = 1; ; tried += 1) {
    const port = wantedPort ?? (await findFreePort());
    const launched = await launch({ ...options, port });
    if (launched.kind === 'ready') return { ...launched, port };
    if (tried === TRIES || !(await passes(launched.said, options.data, wantedPort !== undefined))) {
      throw new EmbeddedPostgresError(
        'POSTGRES_START',
        `The embedded PostgreSQL did not start. It said:\n${launched.said}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

/** Whether the reason why a server gave up passes by itself, or has just been removed. */
async function passes(said: string, data: string, isPortFixed: boolean): Promise<boolean> {
  // Someone else took the port between our look and the server's.
  if (/could not (bind|create any TCP\/IP sockets)/.test(said)) return !isPortFixed;
  // The last processes of a killed server are still on their way out.
  if (said.includes('shared memory block') && said.includes('still in use')) return true;
  if (!said.includes('"postmaster.pid" already exists')) return false;
  if (await removeStalePidFile(data)) return true;
  throw inUse(data, undefined);
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  // Without a listener a connection that breaks takes the process with it; the query's own rejection tells the caller.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}
