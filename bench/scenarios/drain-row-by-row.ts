import { startChild } from '../machine/start-child.ts';
import { SECRET } from '../machine/start-fleet-process.ts';
import type { RowByRowWorker } from '../processes/row-by-row-worker.ts';
import { LONGEST_RUN, type Drain } from './drain-ours.ts';
import { measure } from './measure.ts';
import type { Resources } from './resources.ts';
import type { Measured } from './scenario.ts';
import { allDelivered, openStock, settle, storeDue } from './stored-work.ts';

/** A BullMQ job, a few Prisma calls and an axios request for each delivery, as many in flight as ours has. */
export async function openRowByRow(drain: Drain, resources: Resources): Promise<(count: number) => Promise<Measured>> {
  const { nodes, origins, receivers, concurrency } = drain;
  const { servers, payload } = drain.options;
  const database = await openStock(servers, { nodes, origins });
  resources.onClose(() => database.close());
  const worker = await startChild<RowByRowWorker>('row-by-row-worker');
  resources.onClose(() => worker.stop());
  const { url: databaseUrl } = database;
  await worker.calls.start({ databaseUrl, queueUrl: servers.queueUrl, secret: SECRET, concurrency });
  const watched = { worker: worker.pid, postgres: servers.postgres, redis: servers.redis, receivers: receivers.pid };
  return async (count) => {
    await storeDue(database, { count, nodes, payload });
    await settle(database);
    await worker.calls.enqueue();
    await receivers.calls.reset();
    const measured = await measure(watched, count, async () => {
      await worker.calls.run();
      const received = receivers.calls.received({ count, within: LONGEST_RUN });
      const { seconds } = await Promise.race([received, worker.failed]);
      await allDelivered(database);
      return seconds;
    });
    await worker.calls.pause();
    return measured;
  };
}
