import type { Config, Report } from '#core';
import { createDueStore, createFleetStore, createTallyWriter, openDatabase, prepareDatabase } from '#persistence';
import { connectQueue } from '#queue';
import type { Metrics, ReadinessCheck } from '#runtime';
import { deliverLanes, processName } from './deliver-lanes.ts';
import { keepPulse } from './keep-pulse.ts';
import { maintain } from './maintain.ts';
import { createWorkerMetrics } from './worker-metrics.ts';

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

/** Connections to the database: lanes share their statements, so few are needed, and so does everything else of a worker. */
const CONNECTIONS = { lanes: 8, others: 4 };

/** Starts to deliver, and to sweep and purge. */
export async function startWorker(options: WorkerOptions): Promise<WorkerApp> {
  const { config, databaseUrl, secret, report, signal } = options;
  await prepareDatabase({ url: databaseUrl, report, signal });
  const queue = await connectQueue({ url: config.queue.url, databaseUrl, report });
  const onError = (error: Error) => report.warn('database.connection-lost', { error });
  const database = openDatabase({ url: databaseUrl, connections: CONNECTIONS.others, onError });
  const lanes = openDatabase({ url: databaseUrl, connections: CONNECTIONS.lanes, plansOnce: true, onError });
  const due = createDueStore(lanes);
  const measured = createWorkerMetrics(options.metrics, () => delivery.busy());
  const tallies = createTallyWriter({ pool: database.pool, report, now: () => performance.now() });
  const delivery = deliverLanes({ config, secret, database: lanes, due, queue, measured, tallies, report });
  const maintenance = await maintain({ config, database, due, queue, measured, report });
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
      await Promise.all([tallies.stop(), pulse.stop()]);
      await Promise.allSettled([queue.close(), database.close(), lanes.close()]);
    },
  };
}
