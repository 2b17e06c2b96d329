import { startChild } from '../machine/start-child.ts';
import type { Ceiling } from '../processes/ceiling.ts';
import type { Receivers } from '../processes/receivers.ts';
import { openOurs, type Drain } from './drain-ours.ts';
import { openRowByRow } from './drain-row-by-row.ts';
import { measure } from './measure.ts';
import { withResources, type Resources } from './resources.ts';
import type { Aims, OpenScenario, Run, Scenario, ScenarioOptions } from './scenario.ts';
import { nodeIds } from './stored-work.ts';

/** `delivery.startup.workers` and `delivery.concurrency`, by default. */
const LANES = 32;
const IN_FLIGHT = 8;

/** Origins that the nodes live at: a connection pool each. */
const ORIGINS = 20;

export interface DrainOptions {
  readonly nodes: number;
  readonly aims: Aims;
  /** Worker processes of ours: 1 unless told. */
  readonly workers?: number;
  /** Bytes; the usual payload unless told. */
  readonly payload?: number;
  /** One request in so many is answered 500: none unless told. */
  readonly failing?: number;
  /** Whether it is compared with the row-by-row design too, as it is unless told. */
  readonly rowByRow?: boolean;
  readonly scale?: number;
}

/** How fast stored deliveries leave, from the first to the last receipt at the receivers. */
export function drain(name: string, { aims, scale = 1, ...options }: DrainOptions): Scenario {
  return {
    name,
    ceiling: 'undici posting the same requests to the same receivers',
    aims,
    scale,
    open: (scenario) => withResources((resources) => openDrain(options, scenario, resources)),
  };
}

async function openDrain(
  { rowByRow = true, ...chosen }: Omit<DrainOptions, 'aims' | 'scale'>,
  options: ScenarioOptions,
  resources: Resources,
): Promise<OpenScenario> {
  const shared = await openReceivers(chosen, options, resources);
  const ours = await openOurs(shared, resources);
  const theirs = rowByRow ? { rowByRow: await openRowByRow(shared, resources) } : {};
  return { run: { ours, ceiling: await openCeiling(shared, resources), ...theirs }, close: () => resources.close() };
}

/** The receivers, and what is sent to them. */
export async function openReceivers(
  { nodes: count, workers = 1, payload, failing }: Omit<DrainOptions, 'aims'>,
  options: ScenarioOptions,
  resources: Resources,
): Promise<Drain> {
  resources.onClose(() => options.servers.clearQueue());
  const receivers = await startChild<Receivers>('receivers');
  resources.onClose(() => receivers.stop());
  const origins = await receivers.calls.open(Math.min(count, ORIGINS));
  if (failing !== undefined) await receivers.calls.fail(failing);
  return {
    options,
    nodes: nodeIds(count),
    origins,
    receivers,
    concurrency: Math.min(count, LANES) * IN_FLIGHT,
    payload: payload === undefined ? options.payload : jsonOf(payload),
    workers,
  };
}

/** Posts what was last received, to each node's own address. */
export async function openCeiling(
  { options, nodes, origins, receivers, concurrency }: Drain,
  resources: Resources,
): Promise<Run> {
  const ceiling = await startChild<Ceiling>('ceiling');
  resources.onClose(() => ceiling.stop());
  const watched = { load: [ceiling.pid], receivers: [receivers.pid] };
  return async (count) => {
    const sample = await receivers.calls.sample();
    return measure({ servers: options.servers, watched, count }, () =>
      ceiling.calls.post({ origins, nodes, sample, count, concurrency }),
    );
  };
}

/** A JSON text of so many bytes. */
function jsonOf(bytes: number): Buffer {
  return Buffer.from(JSON.stringify({ data: 'x'.repeat(Math.max(bytes - JSON.stringify({ data: '' }).length, 0)) }));
}
