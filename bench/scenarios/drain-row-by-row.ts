import { startChild } from '../machine/start-child.ts';
import { SECRET } from '../machine/start-fleet-process.ts';
import type { RowByRowWorker } from '../processes/row-by-row-worker.ts';
import { LONGEST_RUN, type Drain } from './drain-ours.ts';
import { measure } from './measure.ts';
import type { Resources } from './resources.ts';
import type { Run } from './scenario.ts';
import { cancelPending, nothingDue, openStock, settle, storeDue } from './stored-work.ts';

/** A BullMQ job, a few Prisma calls and an axios request for each delivery, as many in flight as ours has. */
export async function openRowByRow(drain: Drain, resources: Resources): Promise<Run> {
  const { nodes, origins, receivers, concurrency, payload } = drain;
  const { servers } = drain.options;
  const database = await openStock(servers, { nodes, origins });
  resources.onClose(() => database.close());
  const worker = await startChild<RowByRowWorker>('row-by-row-worker');
  resources.onClose(() => worker.stop());
  const { url: databaseUrl } = database;
  await worker.calls.start({ databaseUrl, queueUrl: servers.queueUrl, secret: SECRET, concurrency });
  const watched = { worker: [worker.pid], receivers: [receivers.pid] };
  return async (count) => {
    await storeDue(database, { count, nodes, payload });
    await settle(database);
    await worker.calls.enqueue();
    await receivers.calls.reset();
    const measured = await measure({ servers, watched, count }, async () => {
      await worker.calls.run();
      const received = receivers.calls.received({ count, within: LONGEST_RUN });
      const { seconds } = await Promise.race([received, worker.failed]);
      await nothingDue(database);
      return seconds;
    });
    await worker.calls.pause();
    await cancelPending(database);
    return measured;
  };
}
