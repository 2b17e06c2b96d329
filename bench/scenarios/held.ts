import { openOurs } from './drain-ours.ts';
import { openReceivers } from './drain.ts';
import { openHeldStore } from './held-store.ts';
import { withResources } from './resources.ts';
import type { Scenario } from './scenario.ts';

const NODES = 20;

/** What the deliveries that are done cost those that are due. */
export const drainHeld: Scenario = {
  name: 'drain-held',
  ceiling: 'ours out of an empty store',
  aims: { ratio: 0.85 },
  open: (options) =>
    withResources(async (resources) => {
      const { servers, held } = options;
      const shared = await openReceivers({ nodes: NODES }, options, resources);
      const database = await openHeldStore(servers, held, shared);
      const ours = await openOurs(shared, resources, { database });
      const ceiling = await openOurs(shared, resources, { queueUrl: anotherQueue(servers.queueUrl) });
      return { run: { ours, ceiling }, close: () => resources.close() };
    }),
};

/** The workers of two stores must not find each other's jobs. */
function anotherQueue(queueUrl: string): string {
  return queueUrl === 'database' ? queueUrl : `${queueUrl}/1`;
}
