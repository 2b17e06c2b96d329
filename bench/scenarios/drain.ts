import { startChild } from '../machine/start-child.ts';
import type { Ceiling } from '../processes/ceiling.ts';
import type { Receivers } from '../processes/receivers.ts';
import { openOurs, type Drain } from './drain-ours.ts';
import { openRowByRow } from './drain-row-by-row.ts';
import { measure } from './measure.ts';
import { withResources, type Resources } from './resources.ts';
import type { Aims, OpenScenario, Scenario, ScenarioOptions } from './scenario.ts';
import { nodeIds } from './stored-work.ts';

/** `delivery.startup.workers` and `delivery.concurrency`, by default. */
const LANES = 32;
const IN_FLIGHT = 8;

/** Origins that the nodes live at: a connection pool each. */
const ORIGINS = 20;

/** How fast stored deliveries leave, from the first to the last receipt at the receivers. */
export function drain(nodes: number, aims: Aims): Scenario {
  return {
    name: `drain-${nodes}`,
    ceiling: 'undici posting the same requests to the same receivers',
    aims,
    open: (options) => withResources((resources) => openDrain(nodes, options, resources)),
  };
}

async function openDrain(count: number, options: ScenarioOptions, resources: Resources): Promise<OpenScenario> {
  const { servers } = options;
  const nodes = nodeIds(count);
  const concurrency = Math.min(count, LANES) * IN_FLIGHT;
  resources.onClose(() => servers.clearQueue());
  const receivers = await startChild<Receivers>('receivers');
  resources.onClose(() => receivers.stop());
  const origins = await receivers.calls.open(Math.min(count, ORIGINS));
  const shared: Drain = { options, nodes, origins, receivers, concurrency };
  const ours = await openOurs(shared, resources);
  const rowByRow = await openRowByRow(shared, resources);
  const ceiling = await startChild<Ceiling>('ceiling');
  resources.onClose(() => ceiling.stop());
  return {
    run: {
      ours,
      rowByRow,
      async ceiling(count) {
        const sample = await receivers.calls.sample();
        const watched = { load: ceiling.pid, receivers: receivers.pid };
        return measure(watched, count, () => ceiling.calls.post({ origins, sample, count, concurrency }));
      },
    },
    close: () => resources.close(),
  };
}
