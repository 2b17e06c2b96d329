import { percentile } from '../report/statistics.ts';
import { EventQueue } from './event-queue.ts';
import { createPartition, type PartitionCosts, type Partition } from './partition.ts';
import { poisson, seededRandom, type Random } from './random.ts';

/** Nodes spread by their id over partitions, each a database with workers of its own behind one registry. */
export interface FleetSimulation extends PartitionCosts {
  readonly seed: number;
  readonly partitions: number;
  readonly nodes: number;
  /** How unequal nodes are: the k-th gets a share of `1 / k ^ skew`. 0: all the same. */
  readonly skew: number;
  /** Messages to one node each. */
  readonly perSecond: number;
  readonly seconds: number;
  /** One partition's database answers nothing for a while. */
  readonly outage?: { readonly from: number; readonly seconds: number };
}

export interface FleetOutcome {
  readonly accepted: number;
  readonly delivered: number;
  /** Seconds from acceptance to recording, over all partitions but the one that fell out. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** Share of the workers' time that was used, of the busiest partition and on average. */
  readonly busiest: number;
  readonly average: number;
  /** Of the partition that fell out: the most that waited, and seconds from its return until none waited longer than a second. */
  readonly outage: { readonly backlog: number; readonly recovered: number } | null;
}

/** Seconds: messages of one step arrive together. */
const STEP = 0.01;

/** The same for the same seed. */
export function simulateFleet(simulation: FleetSimulation): FleetOutcome {
  const { seed, perSecond, seconds, outage } = simulation;
  const random = seededRandom(seed);
  const events = new EventQueue();
  const partitions = Array.from({ length: simulation.partitions }, () => createPartition(events, simulation));
  const pick = createPick(simulation, random);
  let accepted = 0;
  function arrive(): void {
    for (let left = poisson(random, perSecond * STEP); left > 0; left -= 1) {
      const node = pick();
      partitions[node % partitions.length]?.accept(node);
      accepted += 1;
    }
    events.after(STEP, arrive);
  }
  const [first, ...others] = partitions;
  if (outage !== undefined) {
    events.after(outage.from, () => first?.halt());
    events.after(outage.from + outage.seconds, () => first?.resume());
  }
  arrive();
  events.runUntil(seconds);
  const steady = outage === undefined ? partitions : others;
  const waits = steady.flatMap(({ waits }) => waits).toSorted((a, b) => a - b);
  const used = partitions.map(({ used }) => used() / seconds);
  return {
    accepted,
    delivered: partitions.reduce((sum, { waits }) => sum + waits.length, 0),
    p50: percentile(waits, 0.5),
    p99: percentile(waits, 0.99),
    p999: percentile(waits, 0.999),
    busiest: Math.max(...used),
    average: used.reduce((sum, one) => sum + one, 0) / used.length,
    outage: outage === undefined || first === undefined ? null : recoveryOf(first, outage.from + outage.seconds),
  };
}

function recoveryOf({ most, late }: Partition, returned: number): NonNullable<FleetOutcome['outage']> {
  return { backlog: most(), recovered: Math.max(0, late() - returned) };
}

/** Draws a node by its share: nodes are shuffled, so that the busy ones do not all live in one partition. */
function createPick({ nodes, skew }: FleetSimulation, random: Random): () => number {
  const names = Array.from({ length: nodes }, (_, i) => i);
  for (let i = nodes - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [names[i], names[j]] = [names[j] ?? 0, names[i] ?? 0];
  }
  let sum = 0;
  const bounds = names.map((_, k) => (sum += 1 / (k + 1) ** skew));
  return () => {
    const at = random() * sum;
    let low = 0;
    for (let high = nodes - 1; low < high;) {
      const middle = (low + high) >> 1;
      if ((bounds[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return names[low] ?? 0;
  };
}
