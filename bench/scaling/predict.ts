/** CPU µs of each part for one message to one node, all measured; Redis's are 0 with the queue on PostgreSQL. */
export interface Costs {
  readonly intake: { readonly ingress: number; readonly postgres: number; readonly redis: number };
  readonly delivery: { readonly worker: number; readonly postgres: number; readonly redis: number };
}

/** Cores of each part. Ingresses and workers are one process a core; Redis is one thread a shard. */
export interface Fleet {
  readonly ingress: number;
  readonly worker: number;
  readonly postgres: number;
  readonly redis: number;
}

export type Part = keyof Fleet;

/** What one part allows. */
export interface Limit {
  readonly part: Part;
  /** CPU µs for one message to one node. */
  readonly cost: number;
  readonly perSecond: number;
}

/** The share of its cores that a part is planned to use: what is left takes the peaks, a process that fell out, vacuum and checkpoints. */
export const PLANNED = 0.7;

/** What each part of a fleet allows in messages to one node a second, the one that limits first at the head. */
export function limitsOf({ intake, delivery }: Costs, fleet: Fleet, planned = PLANNED): readonly Limit[] {
  const costs: Record<Part, number> = {
    ingress: intake.ingress,
    worker: delivery.worker,
    postgres: intake.postgres + delivery.postgres,
    redis: intake.redis + delivery.redis,
  };
  return (Object.keys(costs) as Part[])
    .map((part) => ({ part, cost: costs[part], perSecond: (fleet[part] * planned * 1e6) / costs[part] }))
    .filter(({ cost }) => cost > 0)
    .toSorted((a, b) => a.perSecond - b.perSecond);
}

/** The cores that so many messages a second to one node each take. */
export function coresFor(costs: Costs, perSecond: number, planned = PLANNED): Fleet {
  const one = { ingress: 1, worker: 1, postgres: 1, redis: 1 };
  const cores = { ingress: 0, worker: 0, postgres: 0, redis: 0 };
  for (const limit of limitsOf(costs, one, planned)) cores[limit.part] = perSecond / limit.perSecond;
  return cores;
}

/** One machine whose cores all parts share, the receivers too. */
export interface Machine {
  readonly cores: number;
  readonly workers: number;
}

/**
 * Deliveries a second on one machine: no process gets more than one core (PostgreSQL's are many), and all together no more than there
 * are. `cpu`: µs a delivery by process; `busy`: the share of the cores that so many requests under way keep busy.
 */
export function predictMachine(
  { cores, workers }: Machine,
  { cpu, busy }: { readonly cpu: Readonly<Record<string, number>>; readonly busy: number },
): number {
  const total = Object.values(cpu).reduce((sum, one) => sum + one, 0);
  const alone = Object.entries(cpu).map(([name, cost]) => {
    if (name === 'postgres') return Infinity;
    return ((name === 'worker' ? workers : 1) * 1e6) / cost;
  });
  return Math.min(...alone, (cores * busy * 1e6) / total);
}
