import { assertSchemaCompatibility, LATEST_SCHEMA_VERSION, withBackend, type Queue, type Worker } from 'bullmq';
import type { Report } from '#core';
import type { BackEnd } from '../back-end.ts';
import { createErrorSink } from '../error-sink.ts';
import { EVENTS_KEPT, QUEUES, type QueueName } from '../settings.ts';
import { createBackend } from './create-backend.ts';
import { poolConfig, SCHEMA } from './pool-config.ts';

const BullMQ = withBackend(createBackend);

/** Connections: adding goes in four statements at a time; taking and finishing are one short statement each. */
const CONNECTIONS = { queue: { lanes: 4, maintenance: 1 }, worker: { lanes: 8, maintenance: 2 } } as const;

/**
 * BullMQ on PostgreSQL: its tables are in the schema `bullmq`, which its migrations bring up to date at every start, one process at a time.
 * A role without the right to make tables is as good where they are up to date.
 *
 * @throws when the database does not answer, is too old, or was migrated by a newer BullMQ.
 */
export async function openPostgresBackEnd(databaseUrl: string, report: Report): Promise<BackEnd> {
  const name = 'PostgreSQL';

  function openQueue(queue: QueueName, migrate = false): Queue {
    const connection = { ...poolConfig(databaseUrl, CONNECTIONS.queue[queue]), migrate };
    const opened = new BullMQ.Queue(QUEUES[queue], { connection, streams: { events: { maxLen: EVENTS_KEPT } } });
    opened.on('error', createErrorSink(report, 'queue.error', { backEnd: name, queue }));
    // The types tell the back ends apart by what they give access to, which nobody here uses.
    return opened as unknown as Queue;
  }

  const migrated = await ready(openQueue('maintenance', true)).catch(async (error: unknown) => {
    if (!isForbidden(error)) throw error;
    const unchanged = await ready(openQueue('maintenance'));
    if ((await versionOf(unchanged)) >= LATEST_SCHEMA_VERSION) return unchanged;
    await unchanged.close();
    throw error;
  });
  return {
    name,
    openQueue: (queue) => (queue === 'maintenance' ? migrated : openQueue(queue)),
    openWorker(queue, processor, settings) {
      const connection = poolConfig(databaseUrl, CONNECTIONS.worker[queue]);
      const options = { ...settings, connection, autorun: false };
      return new BullMQ.Worker(QUEUES[queue], processor, options) as unknown as Worker;
    },
    probe: () => migrated.getBackend().getQueueMetaField('version'),
    // Tables outlive a restart.
    onReconnect: () => undefined,
    close: async () => undefined,
  };
}

/** The queue, once its tables can be used; closed where they can't. */
async function ready(queue: Queue): Promise<Queue> {
  try {
    await queue.waitUntilReady();
    return queue;
  } catch (error) {
    await queue.close();
    throw error;
  }
}

/** PostgreSQL's `insufficient_privilege`. */
function isForbidden(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42501';
}

/** Of BullMQ's tables. Its pool is private, hence the type of our own. */
function versionOf(queue: Queue): Promise<number> {
  const { connection } = queue.getBackend() as unknown as {
    readonly connection: { readonly pool: Parameters<typeof assertSchemaCompatibility>[0] };
  };
  return assertSchemaCompatibility(connection.pool, SCHEMA);
}
