import { createPurge, createSweep, type Config, type DueNode, type Report } from '#core';
import { createLogStore, createPurgeStore, type Database, type DueStore } from '#persistence';
import type { LaneQueue, SupervisedWorker } from '#queue';
import type { OperationalEvents } from './operational-events.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

export interface MaintainOptions {
  readonly config: Config;
  readonly database: Database;
  readonly due: DueStore;
  readonly queue: LaneQueue;
  readonly measured: WorkerMetrics;
  readonly events: OperationalEvents;
  readonly report: Report;
}

/** The repeatable jobs: each tick comes to one worker of the fleet. */
export async function maintain(options: MaintainOptions): Promise<SupervisedWorker> {
  const { config, database, due, queue, measured, events, report } = options;
  const sweep = createSweep({
    dueNodes: async () => tellOfOld(await due.dueNodes(), events),
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

/** Seconds: what has been due for so long without being attempted, nobody will get to soon. */
const OLD = 600;

function tellOfOld(nodes: readonly DueNode[], events: OperationalEvents): readonly DueNode[] {
  for (const { nodeId, late } of nodes) {
    if (late > OLD) events.tell('backlog.old', { node: nodeId, late: Math.round(late) });
  }
  return nodes;
}
