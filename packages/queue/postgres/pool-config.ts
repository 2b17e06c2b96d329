import type { PostgresPoolConfig } from 'bullmq';

/** BullMQ's tables are kept apart from ours. */
export const SCHEMA = 'bullmq';

/**
 * A crash of PostgreSQL may lose the last half second of what happened in the queue, and never anything of ours: jobs are hints, and a
 * commit that waits for the disk makes a drain of short lanes several times slower.
 */
const NO_WAIT_FOR_DISK = '-c synchronous_commit=off';

/**
 * Where and how BullMQ connects to PostgreSQL; ms. It makes its own pools of this, one a queue or worker, so that a burst in one does not
 * hold up another, nor our own statements.
 */
export function poolConfig(databaseUrl: string, connections: number): PostgresPoolConfig {
  const { connectionString, options } = splitOptions(databaseUrl);
  return {
    connectionString,
    options: [options, NO_WAIT_FOR_DISK].filter(Boolean).join(' '),
    schema: SCHEMA,
    max: connections,
    connectionTimeoutMillis: 5_000,
    // A connection that is half open, or a server that hangs, is an error after this time and not a silence.
    query_timeout: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // Longer than a worker's idle wait, so that it does not connect anew for each look.
    idleTimeoutMillis: 60_000,
    // A client in use that loses its connection takes the process with it unless someone listens; the query's rejection tells the caller.
    onConnect: (client: { on(event: 'error', listener: () => void): void }) => client.on('error', () => undefined),
  };
}

/** BullMQ finds its tables by the `options` of its configuration, which `options` in a URL would override: they are moved there. */
function splitOptions(databaseUrl: string): { connectionString: string; options: string | undefined } {
  const url = new URL(databaseUrl);
  const options = url.searchParams.get('options') ?? undefined;
  url.searchParams.delete('options');
  return { connectionString: url.href, options };
}
