import { openDatabase } from '#persistence';
import { startTestRedis } from '#testkit';
import { Redis } from 'ioredis';
import { openCounters, type Counters } from './counters.ts';
import { parentOf } from './cpu-time.ts';
import { flushTime } from './flush-time.ts';
import { startPostgres } from './postgres.ts';

export type BackEnd = 'database' | 'redis';

/** The servers of one run of the bench, set as in production, on this machine only. */
export interface Servers {
  /** PostgreSQL's postmaster, whose children do the work. */
  readonly postgres: number;
  /** Null when the queue is on PostgreSQL. */
  readonly redis: number | null;
  /** `database`, or Redis's URL. */
  readonly queueUrl: string;
  /** How they are set, in words. */
  readonly settings: string;
  readonly counters: Counters;
  /** `postgres://…` of the server's own database. */
  readonly postgresUrl: string;
  /** A fresh, empty database. */
  createDatabase(): Promise<string>;
  /** Forgets all jobs: the next scenario's workers must not find those of the one before. */
  clearQueue(): Promise<void>;
  stop(): Promise<void>;
}

/** The append-only file as Redis ships it. */
const REDIS_SETTINGS = { appendfsync: 'everysec', 'maxmemory-policy': 'noeviction' };

/** PostgreSQL's files go to `data` and stay there; without one they are gone at the end. */
export async function startServers(backEnd: BackEnd, data?: string): Promise<Servers> {
  const postgres = await startPostgres(data);
  const redis = backEnd === 'redis' ? await startTestRedis({ appendonly: true, settings: REDIS_SETTINGS }) : null;
  const { pid, settings } = await inspectPostgres(postgres.url);
  const counters = await openCounters(postgres.url, redis && redis.url);
  return {
    postgres: pid,
    redis: redis && (await inspectRedis(redis.url)),
    queueUrl: redis?.url ?? 'database',
    counters,
    postgresUrl: postgres.url,
    settings: redis === null ? settings : `${settings}; Redis with appendonly yes, appendfsync everysec`,
    createDatabase: () => postgres.createDatabase(),
    async clearQueue() {
      await redis?.flush();
    },
    async stop() {
      await counters.close();
      await Promise.all([postgres.stop(), redis?.stop()]);
    },
  };
}

interface PostgresFacts {
  backend: number;
  version: string;
  fsync: string;
  commit: string;
  buffers: string;
}

async function inspectPostgres(url: string): Promise<{ pid: number; settings: string }> {
  const database = openDatabase({ url, connections: 1, onError: () => undefined });
  try {
    const { rows } = await database.pool.query<PostgresFacts>(
      `SELECT pg_backend_pid() AS backend, current_setting('server_version') AS version, current_setting('fsync') AS fsync,
              current_setting('synchronous_commit') AS commit, current_setting('shared_buffers') AS buffers`,
    );
    const [facts] = rows;
    if (facts === undefined) throw new Error('PostgreSQL does not say how it is set');
    const { backend, version, fsync, commit, buffers } = facts;
    const flush = `fsync ${fsync} (a flush takes ${flushTime().toFixed(2)} ms)`;
    const settings = `PostgreSQL ${version} with ${flush}, synchronous_commit ${commit}, shared_buffers ${buffers}`;
    return { pid: parentOf(backend), settings };
  } finally {
    await database.close();
  }
}

async function inspectRedis(url: string): Promise<number> {
  const client = new Redis(url);
  try {
    return Number(/^process_id:(\d+)/m.exec(await client.info('server'))?.[1]);
  } finally {
    client.disconnect();
  }
}
