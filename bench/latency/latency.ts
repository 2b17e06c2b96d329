import { startChild } from '../machine/start-child.ts';
import { startFleetProcess } from '../machine/start-fleet-process.ts';
import type { Load } from '../processes/load.ts';
import type { Accepted, PacedLoad } from '../processes/paced-load.ts';
import type { Arrival, Receivers } from '../processes/receivers.ts';
import { LONGEST_RUN } from '../scenarios/drain-ours.ts';
import { openHeldStore } from '../scenarios/held-store.ts';
import { withResources, type Resources } from '../scenarios/resources.ts';
import type { ScenarioOptions } from '../scenarios/scenario.ts';
import { createKey, nodeIds, openStock } from '../scenarios/stored-work.ts';

/** Ms. */
export interface LatencyAims {
  readonly p50: number;
  readonly p99: number;
}

/** How long a message takes from its 202 to its node's receipt, at a part of what the system can do. */
export interface LatencyScenario {
  readonly name: string;
  readonly aims: LatencyAims;
  /** Whether the store has been at work for weeks. */
  readonly held: boolean;
  /** Of the capacity. */
  readonly load: number;
}

export interface LatencyResult {
  readonly scenario: string;
  readonly aims: LatencyAims;
  /** Messages a second that get through when there are always more. */
  readonly capacity: number;
  /** Messages a second that were sent. */
  readonly perSecond: number;
  /** Ms, sorted; below 0 where the node had it before its sender had read the answer. */
  readonly latencies: readonly number[];
}

const NODES = 20;
/** Requests in flight while the capacity is measured. */
const CONNECTIONS = 64;

export interface LatencySize {
  /** Messages by which the capacity is measured, after as many as a warm-up. */
  readonly capacity: number;
  /** Seconds at the pace. */
  readonly seconds: number;
}

/** An ingress and a worker, as in production, receivers and senders in processes of their own. */
export function measureLatency(
  scenario: LatencyScenario,
  options: ScenarioOptions,
  size: LatencySize,
): Promise<LatencyResult> {
  return withResources(async (resources) => {
    const fleet = await openFleet(scenario, options, resources);
    try {
      await fleet.flood(size.capacity);
      const capacity = await fleet.flood(size.capacity);
      const perSecond = capacity * scenario.load;
      const latencies = await fleet.pace(perSecond, Math.ceil(perSecond * size.seconds));
      return { scenario: scenario.name, aims: scenario.aims, capacity, perSecond, latencies };
    } finally {
      await resources.close();
    }
  });
}

async function openFleet({ held }: LatencyScenario, options: ScenarioOptions, resources: Resources) {
  const { servers, payload, profile } = options;
  resources.onClose(() => servers.clearQueue());
  const receivers = await startChild<Receivers>('receivers');
  resources.onClose(() => receivers.stop());
  const nodes = nodeIds(NODES);
  const lived = { nodes, origins: await receivers.calls.open(NODES) };
  const database = await (held ? openHeldStore(servers, options.held, lived) : openStock(servers, lived));
  resources.onClose(() => database.close());
  const started = { databaseUrl: database.url, queueUrl: servers.queueUrl, profile };
  const ingress = await startFleetProcess('ingress', started);
  resources.onClose(() => ingress.stop());
  const worker = await startFleetProcess('worker', started);
  resources.onClose(() => worker.stop());
  const load = await startChild<Load>('load');
  resources.onClose(() => load.stop());
  const pacedLoad = await startChild<PacedLoad>('paced-load');
  resources.onClose(() => pacedLoad.stop());
  const sender = { url: ingress.url, key: await createKey(database), payload: payload.toString(), nodes };

  async function received(count: number): Promise<number> {
    const wanted = receivers.calls.received({ count, within: LONGEST_RUN });
    return (await Promise.race([wanted, worker.failed, ingress.failed])).seconds;
  }
  return {
    /** Sends so many as fast as they are taken; answers how many a second got through. */
    async flood(count: number): Promise<number> {
      await receivers.calls.reset();
      await load.calls.send({ ...sender, requests: count, batch: 1, destinations: 1, connections: CONNECTIONS });
      return count / (await received(count));
    },
    /** Sends so many at a pace; answers the latency of each. */
    async pace(perSecond: number, count: number): Promise<readonly number[]> {
      await receivers.calls.reset();
      await receivers.calls.watch();
      const accepted = await pacedLoad.calls.send({ ...sender, count, perSecond });
      await received(count);
      return latenciesOf(accepted, await receivers.calls.arrivals());
    },
  };
}

/** Of the first arrival of each message. */
export function latenciesOf(accepted: readonly Accepted[], arrivals: readonly Arrival[]): readonly number[] {
  const arrivedAt = new Map<string, number>();
  for (const { id, at } of arrivals) if (!arrivedAt.has(id)) arrivedAt.set(id, at);
  const latencies = accepted.map(({ id, at }) => (arrivedAt.get(id) ?? NaN) - at);
  const lost = latencies.filter(Number.isNaN).length;
  if (lost > 0) throw new Error(`${lost} of ${accepted.length} accepted messages did not arrive`);
  return latencies.toSorted((a, b) => a - b);
}
