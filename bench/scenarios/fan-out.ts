import { monotonic } from '../machine/monotonic.ts';
import { startChild } from '../machine/start-child.ts';
import { startFleetProcess } from '../machine/start-fleet-process.ts';
import type { Load } from '../processes/load.ts';
import { openCeiling, openReceivers } from './drain.ts';
import { LONGEST_RUN, type Drain } from './drain-ours.ts';
import { openRowByRow } from './drain-row-by-row.ts';
import { measure } from './measure.ts';
import { withResources, type Resources } from './resources.ts';
import type { Aims, Run, Scenario } from './scenario.ts';
import { createKey, nothingDue, openStock } from './stored-work.ts';

/**
 * How fast one message reaches all who subscribed: from its request to an ingress to the last receipt. The row-by-row design is measured
 * from its stored deliveries on, without its intake.
 */
export function fanOut(nodes: number, aims: Aims): Scenario {
  return {
    name: `fan-out-${nodes}`,
    ceiling: 'undici posting the same requests to the same addresses',
    aims,
    scale: SCALE,
    open: (options) =>
      withResources(async (resources) => {
        const most = Math.min(nodes, options.size.run.ours);
        const shared = await openReceivers({ nodes: most }, options, resources);
        const ours = await openFleet(shared, resources);
        const rowByRow = await openRowByRow(shared, resources);
        return {
          run: { ours, ceiling: await openCeiling(shared, resources), rowByRow },
          close: () => resources.close(),
        };
      }),
  };
}

/** One message of 10,000 deliveries is a quarter of the usual number. */
const SCALE = 0.25;

async function openFleet(drain: Drain, resources: Resources): Promise<Run> {
  const { options, nodes, receivers, payload } = drain;
  const { servers, profile } = options;
  const database = await openStock(servers, drain);
  resources.onClose(() => database.close());
  const started = { databaseUrl: database.url, queueUrl: servers.queueUrl, profile };
  const ingress = await startFleetProcess('ingress', started);
  resources.onClose(() => ingress.stop());
  const worker = await startFleetProcess('worker', started);
  resources.onClose(() => worker.stop());
  const load = await startChild<Load>('load');
  resources.onClose(() => load.stop());
  const message = { url: ingress.url, key: await createKey(database), payload: payload.toString(), nodes };
  const watched = { ingress: [ingress.pid], worker: [worker.pid], receivers: [receivers.pid] };
  return async (wanted) => {
    const requests = Math.ceil(wanted / nodes.length);
    const count = requests * nodes.length;
    await receivers.calls.reset();
    return measure({ servers, watched, count }, async () => {
      const sentAt = monotonic();
      await load.calls.send({ ...message, requests, batch: 1, destinations: 0, connections: 1 });
      const received = receivers.calls.received({ count, within: LONGEST_RUN });
      const { last } = await Promise.race([received, worker.failed, ingress.failed]);
      await nothingDue(database);
      return (last - sentAt) / 1_000;
    });
  };
}
