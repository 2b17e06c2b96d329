import { openDatabase } from '#persistence';
import { startTestPostgres, type TestPostgres } from './postgres/start-test-postgres.ts';
import { redisAvailable, startTestRedis, type TestRedis } from './redis/start-test-redis.ts';

/** The server behind a queue, as a suite that runs on both back ends sees it. */
export interface BackEnd {
  readonly name: 'postgres' | 'redis';
  /** What `queue.url` is set to: `database`, or Redis's URL. */
  readonly queueUrl: string;
  /** A database of this suite's own, on both back ends. */
  readonly databaseUrl: string;
  /** Loses all that the queue holds, as FLUSHALL does. */
  empty(): Promise<void>;
  /** Stops the server and starts it again on the same port, with its data. */
  restart(): Promise<void>;
  /** Takes the server away. */
  halt(): Promise<void>;
  /** Brings it back. */
  start(): Promise<void>;
  /** Freezes it: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
}

/**
 * Runs one suite on both back ends of the queue, each with servers of its own. Without a redis-server on the PATH the Redis half is left
 * out with a warning that can't be missed; where `CI` is set that is a failure.
 */
export function describeBackEnds(name: string, suite: (backEnd: BackEnd) => void): void {
  describeOn(postgresServers(), name, suite);
  if (redisAvailable()) {
    describeOn(redisServers(), name, suite);
  } else {
    leaveOutRedis(name);
  }
}

/** A back end with the servers that it needs. */
interface Servers {
  readonly backEnd: BackEnd;
  start(): Promise<unknown>;
  stop(): Promise<unknown>;
}

function describeOn({ backEnd, start, stop }: Servers, name: string, suite: (backEnd: BackEnd) => void): void {
  describe(`${name} (${backEnd.name})`, () => {
    beforeAll(start);
    suite(backEnd);
    // Jest runs these in the order in which they are written: what the suite has to close goes first.
    afterAll(stop);
  });
}

function leaveOutRedis(name: string): void {
  const missing = `${name}: NOT TESTED ON REDIS, there is no redis-server on the PATH`;
  if (process.env['CI']) {
    test(`${name} (redis)`, () => {
      throw new Error(missing);
    });
    return;
  }
  const line = '!'.repeat(missing.length);
  console.warn(`${line}\n${missing}\n${line}`);
  // Counted as skipped, so that a run without Redis does not look whole.
  test.skip(`${name} (redis): no redis-server on the PATH`, () => undefined);
}

/** What `beforeAll` has started; asking before it has is a mistake in the test. */
function started<Server>(server: Server | undefined): Server {
  if (server === undefined) throw new Error('the servers of a back end are there in tests and hooks only');
  return server;
}

function postgresServers(): Servers {
  let server: TestPostgres | undefined;
  let databaseUrl: string | undefined;
  const backEnd: BackEnd = {
    name: 'postgres',
    queueUrl: 'database',
    get databaseUrl() {
      return started(databaseUrl);
    },
    empty: () => emptyTables(started(databaseUrl)),
    restart: () => started(server).restart('fast'),
    halt: () => started(server).halt('fast'),
    start: () => started(server).restart(),
    pause: () => started(server).pause(),
    resume: () => started(server).resume(),
  };
  return {
    backEnd,
    async start() {
      server = await startTestPostgres({ durable: true });
      databaseUrl = await server.createDatabase();
    },
    stop: async () => server?.stop(),
  };
}

function redisServers(): Servers {
  let redis: TestRedis | undefined;
  let postgres: TestPostgres | undefined;
  const backEnd: BackEnd = {
    name: 'redis',
    get queueUrl() {
      return started(redis).url;
    },
    get databaseUrl() {
      return started(postgres).url;
    },
    empty: () => started(redis).flush(),
    restart: () => started(redis).restart(),
    halt: () => started(redis).kill(),
    start: () => started(redis).restart(),
    pause: () => started(redis).pause(),
    resume: () => started(redis).resume(),
  };
  return {
    backEnd,
    async start() {
      [redis, postgres] = await Promise.all([startTestRedis({ appendonly: true }), startTestPostgres()]);
    },
    stop: () => Promise.all([redis?.stop(), postgres?.stop()]),
  };
}

/** BullMQ's own tables but its ledger of migrations: what FLUSHALL is to Redis. */
async function emptyTables(url: string): Promise<void> {
  const { pool, close } = openDatabase({ url, connections: 1, onError: () => undefined });
  try {
    const { rows } = await pool.query<{ name: string }>(
      `SELECT format('bullmq.%I', tablename) AS name FROM pg_tables WHERE schemaname = 'bullmq' AND tablename <> 'migration'`,
    );
    await untilNoDeadlock(() => pool.query(`TRUNCATE ${rows.map((row) => row.name).join(', ')} CASCADE`));
  } finally {
    await close();
  }
}

/** Workers lock the same tables in an order of their own: whoever PostgreSQL picks to break a deadlock tries again. */
async function untilNoDeadlock(truncate: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await truncate();
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === '40P01')) throw error;
    }
  }
}
