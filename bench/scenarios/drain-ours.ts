import { connectQueue } from '#queue';
import type { Child } from '../machine/start-child.ts';
import { startFleetProcess } from '../machine/start-fleet-process.ts';
import type { Receivers } from '../processes/receivers.ts';
import { measure } from './measure.ts';
import type { Resources } from './resources.ts';
import type { Measured, ScenarioOptions } from './scenario.ts';
import { allDelivered, openStock, settle, storeDue } from './stored-work.ts';

/** What all designs drain into. */
export interface Drain {
  readonly options: ScenarioOptions;
  readonly nodes: readonly string[];
  readonly origins: readonly string[];
  readonly receivers: Child<Receivers>;
  /** Requests in flight, over all nodes. */
  readonly concurrency: number;
}

/** Seconds that a run may take. */
export const LONGEST_RUN = 120;

/** One worker process as in production, its lanes woken through the queue. */
export async function openOurs(drain: Drain, resources: Resources): Promise<(count: number) => Promise<Measured>> {
  const { nodes, origins, receivers } = drain;
  const { servers, payload, profile } = drain.options;
  const { queueUrl } = servers;
  const database = await openStock(servers, { nodes, origins });
  resources.onClose(() => database.close());
  // The sweep that a worker begins with must not find the first run's deliveries: it has passed when it has found this one.
  await storeDue(database, { count: 1, nodes, payload });
  const worker = await startFleetProcess('worker', { databaseUrl: database.url, queueUrl, profile });
  resources.onClose(() => worker.stop());
  await Promise.race([receivers.calls.received({ count: 1, within: LONGEST_RUN }), worker.failed]);
  const queue = await connectQueue({ url: queueUrl, databaseUrl: database.url, report: silent });
  resources.onClose(() => queue.close());
  const watched = { worker: worker.pid, postgres: servers.postgres, redis: servers.redis, receivers: receivers.pid };
  return async (count) => {
    await storeDue(database, { count, nodes, payload });
    await settle(database);
    await receivers.calls.reset();
    return measure(watched, count, async () => {
      await queue.wake(nodes);
      const received = receivers.calls.received({ count, within: LONGEST_RUN });
      const { seconds } = await Promise.race([received, worker.failed]);
      await allDelivered(database);
      return seconds;
    });
  };
}

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {}
