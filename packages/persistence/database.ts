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
  /**
   * Most ms that a statement may take. The server gives up one that takes longer, and a transaction that its client says nothing in; a
   * server that is not heard of a second later is taken for gone, and the connection for half open. For processes: what seeds or migrates
   * takes as long as it takes.
   */
  statementTimeout?: number;
  /** Told of connections that broke while idle; the pool replaces them. */
  onError(error: Error): void;
}

/** How long a statement waits for a connection, in ms: a pool that stays exhausted is an error, not a queue. */
const CONNECTION_TIMEOUT = 5_000;

/** How much longer than the server the client waits before it takes the line for broken, in ms. */
const GRACE = 1_000;

export function openDatabase(options: DatabaseOptions): Database {
  const { url, connections, statementTimeout, onError } = options;
  const settings = settingsOf(options);
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: CONNECTION_TIMEOUT,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: 'distribution-orchestrator',
    ...(statementTimeout !== undefined && { query_timeout: statementTimeout + GRACE }),
    ...(settings !== '' && {
      // oxlint-disable-next-line typescript/no-misused-promises -- pg waits for it, whatever its types say
      onConnect: (client: pg.ClientBase) => client.query(settings),
    }),
  });
  // Without a listener on the pool and on each client, a connection that breaks takes the process with it.
  pool.on('error', onError);
  pool.on('connect', (client) => client.on('error', onError));
  pool.on('release', dropUnanswered);
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

/** Set on each connection by a statement: poolers refuse settings that come with the connection. */
function settingsOf({ plansOnce = false, statementTimeout }: DatabaseOptions): string {
  const settings: Record<string, string | number> = {
    ...(plansOnce && { plan_cache_mode: 'force_generic_plan' }),
    ...(statementTimeout !== undefined && {
      statement_timeout: statementTimeout,
      // Else a transaction whose client is gone for good, unnoticed, would keep its locks for hours.
      idle_in_transaction_session_timeout: statementTimeout,
    }),
  };
  return Object.entries(settings)
    .map(([name, value]) => `SET ${name} = ${value}`)
    .join('; ');
}

/** Prisma gives a transaction's connection back as good although it has stopped to answer; whoever got it next would wait in vain. */
function dropUnanswered(error: Error | undefined, client: pg.PoolClient): void {
  const { readyForQuery, end } = client as unknown as { readyForQuery: boolean; end(): Promise<void> };
  if (!error && !readyForQuery) void end.call(client);
}
