import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './generated/client.ts';

/** One pool, used by Prisma for the everyday work and directly for the statements of the delivery path. */
export interface Database {
  readonly prisma: PrismaClient;
  readonly pool: pg.Pool;
  readonly url: string;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `postgres://…` */
  url: string;
  /** Most connections. */
  connections: number;
  /**
   * Plans each statement once a connection instead of for its parameters at every call, which costs the lanes' statements as much as
   * running them. For pools whose every statement has one good plan, whatever its parameters.
   */
  plansOnce?: boolean;
  /** Told of connections that broke while idle; the pool replaces them. */
  onError(error: Error): void;
}

/** How long a statement waits for a connection, in ms: a pool that stays exhausted is an error, not a queue. */
const CONNECTION_TIMEOUT = 5_000;

export function openDatabase({ url, connections, plansOnce = false, onError }: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: CONNECTION_TIMEOUT,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: 'distribution-orchestrator',
    ...(plansOnce && {
      // oxlint-disable-next-line typescript/no-misused-promises -- pg waits for it, whatever its types say
      onConnect: (client: pg.ClientBase) => client.query('SET plan_cache_mode = force_generic_plan'),
    }),
  });
  // Without a listener on the pool and on each client, a connection that breaks takes the process with it.
  pool.on('error', onError);
  pool.on('connect', (client) => client.on('error', onError));
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    prisma,
    pool,
    url,
    async close() {
      await prisma.$disconnect();
      if (!pool.ended) await pool.end();
    },
  };
}
