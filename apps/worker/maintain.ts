import { createPurge, createSweep, type Config, type Report } from '#core';
import { createLogStore, createPurgeStore, type Database, type DueStore } from '#persistence';
import type { LaneQueue, SupervisedWorker } from '#queue';
import type { WorkerMetrics } from './worker-metrics.ts';

export interface MaintainOptions {
  readonly config: Config;
  readonly database: Database;
  readonly due: DueStore;
  readonly queue: LaneQueue;
  readonly measured: WorkerMetrics;
  readonly report: Report;
}

/** The repeatable jobs: each tick comes to one worker of the fleet. */
export async function maintain(options: MaintainOptions): Promise<SupervisedWorker> {
  const { config, database, due, queue, measured, report } = options;
  const sweep = createSweep({
    dueNodes: () => due.dueNodes(),
    unqueued: (nodeIds) => queue.unqueued(nodeIds),
    wake: (nodeIds) => queue.wake(nodeIds),
    report,
    onRepaired: (lanes) => measured.repaired(lanes),
  });
  const log = createLogStore(database);
  const purge = createPurge({
    store: createPurgeStore(database),
    ages: config.purge,
    log: (entry) => log.append(entry),
    report,
    onPurged: (counts) => measured.purged(counts),
  });
  const consumer = queue.consumeMaintenance({
    sweep,
    purge: async () => {
      await purge.run('schedule');
    },
  });
  await queue.schedule({ sweep: { every: config.delivery.interval }, purge: { every: config.purge.interval } });
  return consumer;
}
