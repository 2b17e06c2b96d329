import { openDatabase } from '#persistence';
import { Redis } from 'ioredis';

/** What the servers have done since they began. */
export interface Counts {
  /** Statements of the system's own on PostgreSQL, those of the queue left out. */
  readonly statements: number;
  /** Commands that Redis was sent, those within a script counted one by one; with the queue on PostgreSQL its statements there. */
  readonly queueOperations: number;
  /** Bytes of write-ahead log. */
  readonly wal: number;
  /** Transactions in any database. */
  readonly transactions: number;
}

export interface Counters {
  /** PostgreSQL's client for what the bench itself asks; its statements carry `BENCH` and are not counted. */
  read(): Promise<Counts>;
  close(): Promise<void>;
}

/** What a statement of the bench's own carries, so that it is not counted. */
export const BENCH = '/* bench */';

const NAMES = ['statements', 'queueOperations', 'wal', 'transactions'] as const;

/** Counts on PostgreSQL, where `pg_stat_statements` is loaded, and on Redis where there is one. */
export async function openCounters(postgresUrl: string, redisUrl: string | null): Promise<Counters> {
  const database = openDatabase({ url: postgresUrl, connections: 1, onError: () => undefined });
  await database.pool.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  const redis = redisUrl === null ? null : new Redis(redisUrl);
  return {
    async read() {
      const { rows } = await database.pool.query<Record<keyof Counts, string>>(READ);
      const [row] = rows;
      if (row === undefined) throw new Error('PostgreSQL does not tell what it has done');
      const counts = Object.fromEntries(NAMES.map((name) => [name, Number(row[name])])) as Record<keyof Counts, number>;
      return redis === null ? counts : { ...counts, queueOperations: callsOf(await redis.info('commandstats')) };
    },
    async close() {
      redis?.disconnect();
      await database.close();
    },
  };
}

const READ = `
SELECT ${BENCH} coalesce(sum(calls) FILTER (WHERE NOT of_queue), 0) AS statements,
       coalesce(sum(calls) FILTER (WHERE of_queue), 0) AS "queueOperations",
       pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS wal,
       (SELECT sum(xact_commit) FROM pg_stat_database) AS transactions
FROM (SELECT calls, query ILIKE '%bullmq%' AS of_queue FROM pg_stat_statements WHERE query NOT LIKE '%${BENCH}%') AS s`;

/** Of Redis's answer to `INFO commandstats`: all calls but those of the bench. */
export function callsOf(commandstats: string): number {
  let calls = 0;
  for (const [, name, count] of commandstats.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)) {
    if (name !== 'info') calls += Number(count);
  }
  return calls;
}

/** What was done between two looks, for each of so many. */
export function countsFor(before: Counts, after: Counts, count: number): Counts {
  return Object.fromEntries(NAMES.map((name) => [name, (after[name] - before[name]) / count])) as unknown as Counts;
}
