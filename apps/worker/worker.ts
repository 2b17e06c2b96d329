import { randomFillSync } from 'node:crypto';
import { createSealer, createUuidV7, type Config, type Report } from '#core';
import {
  createDueStore,
  createFleetStore,
  createIntakeStore,
  createNodeStore,
  createTallyWriter,
  openDatabase,
  prepareDatabase,
  type Database,
} from '#persistence';
import { connectQueue, type LaneQueue } from '#queue';
import { measurePool, measureQueue, type Metrics, type ReadinessCheck } from '#runtime';
import { deliverLanes, processName } from './deliver-lanes.ts';
import { keepPulse } from './keep-pulse.ts';
import { maintain } from './maintain.ts';
import { createOperationalEvents, type OperationalEvents } from './operational-events.ts';
import { createWorkerMetrics, type WorkerMetrics } from './worker-metrics.ts';

export interface WorkerOptions {
  readonly config: Config;
  /** `postgres://…` */
  readonly databaseUrl: string;
  /** `security.secret`, or the one made up. */
  readonly secret: string;
  readonly report: Report;
  readonly metrics: Metrics;
  /** Gives up the start. */
  readonly signal: AbortSignal;
}

export interface WorkerApp {
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
  /** Takes no more work, lets what is under way end, gives everything back, and closes. */
  stop(): Promise<void>;
}

/**
 * Connections to the database: lanes share their statements, so few are needed, and so does everything else of a worker. A renewal must
 * fail early enough for another to come before the lease ends; a purge of messages to thousands of nodes may take its time.
 */
const POOLS = {
  lanes: { connections: 8, statementTimeout: 5_000, plansOnce: true },
  others: { connections: 4, statementTimeout: 300_000 },
};

/** Starts to deliver, and to sweep and purge. */
export async function startWorker(options: WorkerOptions): Promise<WorkerApp> {
  const { config, databaseUrl, secret, report, signal } = options;
  await prepareDatabase({ url: databaseUrl, report, signal });
  const queue = await connectQueue({ url: config.queue.url, databaseUrl, report });
  const onError = (error: Error) => report.warn('database.connection-lost', { error });
  const database = openDatabase({ url: databaseUrl, ...POOLS.others, onError });
  const lanes = openDatabase({ url: databaseUrl, ...POOLS.lanes, onError });
  const due = createDueStore(lanes);
  const measured = measure(options.metrics, { config, lanes, database, queue, busy: () => delivery.busy() });
  const events = openEvents({ database, secret, queue, report });
  const tallies = createTallyWriter({ pool: database.pool, report, now: () => performance.now() });
  const delivery = deliverLanes({ config, secret, database: lanes, due, queue, measured, events, tallies, report });
  const maintenance = await maintain({ config, database, due, queue, measured, events, report });
  const pulse = keepPulse({
    id: processName,
    slots: config.delivery.startup.workers,
    busy: () => delivery.busy(),
    store: createFleetStore(database),
    report,
  });

  return {
    checks: {
      database: async () => {
        await database.pool.query('SELECT 1');
        return null;
      },
      queue: () => Promise.resolve(queue.isReachable() ? null : 'does not answer'),
      lanes: () => Promise.resolve(delivery.isRunning() ? null : 'no lanes are being taken'),
    },
    async stop() {
      await Promise.all([delivery.stop(), maintenance.close()]);
      await Promise.all([events.idle(), tallies.stop(), pulse.stop()]);
      await Promise.allSettled([queue.close(), database.close(), lanes.close()]);
    },
  };
}

interface Measured {
  readonly config: Config;
  readonly lanes: Database;
  readonly database: Database;
  readonly queue: LaneQueue;
  busy(): { readonly lanes: number; readonly suspects: number };
}

function measure(metrics: Metrics, { config, lanes, database, queue, busy }: Measured): WorkerMetrics {
  measurePool(metrics, 'lanes', lanes.pool);
  measurePool(metrics, 'worker', database.pool);
  measureQueue(metrics, 'worker', queue);
  return createWorkerMetrics(metrics, { busy, slots: config.delivery.startup.workers, now: Date.now });
}

interface EventsOptions {
  readonly database: Database;
  readonly secret: string;
  readonly queue: LaneQueue;
  readonly report: Report;
}

function openEvents({ database, secret, queue, report }: EventsOptions): OperationalEvents {
  const nodes = createNodeStore({ database, sealer: createSealer([secret]), now: () => new Date() });
  return createOperationalEvents({
    intake: createIntakeStore(database),
    loadNodes: () => nodes.loadAddresses(),
    wake: (nodeIds) => queue.wake(nodeIds),
    nextId: createUuidV7({ now: Date.now, fill: randomFillSync }),
    now: Date.now,
    report,
  });
}
