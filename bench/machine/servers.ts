import { openDatabase } from '#persistence';
import { startTestPostgres, startTestRedis } from '#testkit';
import { Redis } from 'ioredis';
import { parentOf } from './cpu-time.ts';
import { flushTime } from './flush-time.ts';

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
  /** A fresh, empty database. */
  createDatabase(): Promise<string>;
  /** Forgets all jobs: the next scenario's workers must not find those of the one before. */
  clearQueue(): Promise<void>;
  stop(): Promise<void>;
}

/** What the embedded PostgreSQL has in production; the test kit's own is smaller. */
const POSTGRES_SETTINGS = { shared_buffers: '128MB', max_connections: 200 };
/** The append-only file as Redis ships it. */
const REDIS_SETTINGS = { appendfsync: 'everysec', 'maxmemory-policy': 'noeviction' };

export async function startServers(backEnd: BackEnd): Promise<Servers> {
  const postgres = await startTestPostgres({ durable: true, settings: POSTGRES_SETTINGS });
  const redis = backEnd === 'redis' ? await startTestRedis({ appendonly: true, settings: REDIS_SETTINGS }) : null;
  const { pid, settings } = await inspectPostgres(postgres.url);
  return {
    postgres: pid,
    redis: redis && (await inspectRedis(redis.url)),
    queueUrl: redis?.url ?? 'database',
    settings: redis === null ? settings : `${settings}; Redis with appendonly yes, appendfsync everysec`,
    createDatabase: () => postgres.createDatabase(),
    async clearQueue() {
      await redis?.flush();
    },
    async stop() {
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
