import type { Database } from '#persistence';
import { connectQueue } from '#queue';
import type { Child } from '../machine/start-child.ts';
import { startFleetProcess } from '../machine/start-fleet-process.ts';
import type { Receivers } from '../processes/receivers.ts';
import { measure } from './measure.ts';
import type { Resources } from './resources.ts';
import type { Run, ScenarioOptions } from './scenario.ts';
import { cancelPending, nothingDue, openStock, settle, storeDue } from './stored-work.ts';

/** What all designs drain into. */
export interface Drain {
  readonly options: ScenarioOptions;
  readonly nodes: readonly string[];
  readonly origins: readonly string[];
  readonly receivers: Child<Receivers>;
  /** Requests in flight, over all nodes. */
  readonly concurrency: number;
  readonly payload: Buffer;
  /** Worker processes of ours. */
  readonly workers: number;
}

/** Seconds that a run may take. */
export const LONGEST_RUN = 120;

/** Where ours takes its work from: an empty database and the servers' queue unless told. */
export interface OurSource {
  readonly database?: Database;
  readonly queueUrl?: string;
}

/** Worker processes as in production, their lanes woken through the queue. */
export async function openOurs(drain: Drain, resources: Resources, source: OurSource = {}): Promise<Run> {
  const { nodes, origins, receivers, payload } = drain;
  const { servers, profile } = drain.options;
  const queueUrl = source.queueUrl ?? servers.queueUrl;
  const database = source.database ?? (await openStock(servers, { nodes, origins }));
  resources.onClose(() => database.close());
  // The sweep that a worker begins with must not find the first run's deliveries: it has passed when it has found this one.
  await storeDue(database, { count: 1, nodes, payload });
  const started = { databaseUrl: database.url, queueUrl, profile };
  const workers = await Promise.all(
    Array.from({ length: drain.workers }, async () => {
      const worker = await startFleetProcess('worker', started);
      resources.onClose(() => worker.stop());
      return worker;
    }),
  );
  const failed = workers.map((worker) => worker.failed);
  await Promise.race([receivers.calls.received({ count: 1, within: LONGEST_RUN }), ...failed]);
  const queue = await connectQueue({ url: queueUrl, databaseUrl: database.url, report: silent });
  resources.onClose(() => queue.close());
  const watched = { worker: workers.map(({ pid }) => pid), receivers: [receivers.pid] };
  return async (count) => {
    await storeDue(database, { count, nodes, payload });
    await settle(database);
    await receivers.calls.reset();
    const measured = await measure({ servers, watched, count }, async () => {
      await queue.wake(nodes);
      const received = receivers.calls.received({ count, within: LONGEST_RUN });
      const { seconds } = await Promise.race([received, ...failed]);
      await nothingDue(database);
      return seconds;
    });
    await cancelPending(database);
    return measured;
  };
}

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {}
