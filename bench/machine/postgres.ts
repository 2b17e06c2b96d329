import { join } from 'node:path';
import { tmpdir, userInfo } from 'node:os';
import { openDatabase, startEmbeddedPostgres } from '#persistence';
import { afterUs, recordingReport, startTestPostgres } from '#testkit';

/** PostgreSQL for a run of the bench. */
export interface BenchPostgres {
  readonly url: string;
  /** A fresh, empty database. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/** What the embedded PostgreSQL has in production (the test kit's own is smaller), and a count of statements, for all designs alike. */
const SETTINGS = { shared_buffers: '128MB', max_connections: 200, shared_preload_libraries: 'pg_stat_statements' };

/** A server with durable settings: in a folder that is kept, or in one that goes with it. */
export async function startPostgres(folder: string | undefined): Promise<BenchPostgres> {
  if (folder === undefined) return startTestPostgres({ durable: true, settings: SETTINGS });
  const server = await startEmbeddedPostgres({
    folder,
    report: recordingReport(),
    settings: SETTINGS,
    copies: join(tmpdir(), `orchestrator-postgres-binaries-${userInfo().uid}`),
  });
  const unleash = afterUs('kill -INT "$0" 2>/dev/null', String(server.pid));
  const made: string[] = [];
  return {
    url: server.url,
    async createDatabase() {
      const name = `run_${Date.now()}_${made.length}`;
      made.push(name);
      await onServer(server.url, `CREATE DATABASE ${name}`);
      return urlOf(server.url, name);
    },
    async stop() {
      for (const name of made) await onServer(server.url, `DROP DATABASE ${name} WITH (FORCE)`);
      unleash();
      await server.stop();
    },
  };
}

/** The URL of another database of the same server. */
export function urlOf(url: string, database: string): string {
  return url.replace(/[^/]+$/, database);
}

/** Runs one statement in the database `orchestrator`; answers its rows. */
export async function onServer(url: string, sql: string): Promise<readonly unknown[]> {
  const database = openDatabase({ url, connections: 1, onError: () => undefined });
  try {
    return (await database.pool.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await database.close();
  }
}
