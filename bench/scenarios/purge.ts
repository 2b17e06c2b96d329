import { startChild } from '../machine/start-child.ts';
import type { Purger } from '../processes/purger.ts';
import { openOurs } from './drain-ours.ts';
import { openReceivers } from './drain.ts';
import { DELIVERIES_EACH, storeDelivered } from './held-store.ts';
import { withResources } from './resources.ts';
import type { Run, Scenario } from './scenario.ts';
import { openStock } from './stored-work.ts';

const NODES = 20;

/** Messages that are old enough to go. */
const MOST_PURGED = 1_000_000;
/** Days: more than delivered ones are kept by default. */
const AGE = 8;

/** What a purge costs the deliveries that leave meanwhile. */
export const purge: Scenario = {
  name: 'purge',
  ceiling: 'ours while nothing is purged',
  aims: { ratio: 0.85 },
  open: (options) =>
    withResources(async (resources) => {
      const shared = await openReceivers({ nodes: NODES }, options, resources);
      const database = await openStock(options.servers, shared);
      const held = DELIVERIES_EACH * Math.min(options.held, MOST_PURGED);
      await storeDelivered(database, { held, nodes: shared.nodes, age: AGE });
      const ceiling = await openOurs(shared, resources, { database });
      const ours: Run = async (count) => {
        const before = await messagesIn(database);
        const purger = await startChild<Purger>('purger');
        try {
          await purger.calls.begin({ databaseUrl: database.url });
          const measured = await ceiling(count);
          const underWay = (await purger.calls.isOver()) ? 0 : 1;
          return { ...measured, also: { purged: before + count - (await messagesIn(database)), underWay } };
        } finally {
          await purger.stop();
        }
      };
      return { run: { ours, ceiling }, close: () => resources.close() };
    }),
};

async function messagesIn({ pool }: Awaited<ReturnType<typeof openStock>>): Promise<number> {
  const { rows } = await pool.query<{ count: number }>('SELECT count(*)::int AS count FROM message');
  return rows[0]?.count ?? NaN;
}
