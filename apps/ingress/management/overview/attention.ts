import type { FleetMember, FrozenGroup, NodeBacklog, NodeStanding } from '#persistence';
import { healthOf } from './standing-view.ts';

/** Something that someone should look at. */
export interface Concern {
  readonly kind: 'no-workers' | 'overdue' | 'suspect' | 'failing' | 'frozen' | 'paused' | 'worker-silent';
  readonly severity: 'critical' | 'warning' | 'notice';
  /** A node's id. */
  readonly node: string | null;
  readonly worker: string | null;
  readonly since: Date | null;
  /** Deliveries concerned. */
  readonly count: number | null;
  readonly error: string | null;
}

export interface Facts {
  readonly troubled: readonly NodeStanding[];
  readonly backlogs: readonly NodeBacklog[];
  readonly frozen: readonly FrozenGroup[];
  readonly fleet: readonly FleetMember[];
  readonly now: Date;
}

/** Seconds that something may be due before it counts as left lying: workers begin within a second. */
const LATE = 60;

/** What needs attention, worst first: what stops everything, what stops a node, what waits for a decision, what was decided. */
export function concernsOf(facts: Facts): readonly Concern[] {
  const concerns = [...ofFleet(facts), ...ofNodes(facts), ...ofBacklogs(facts), ...ofFrozen(facts)];
  return concerns.toSorted((a, b) => rankOf(a) - rankOf(b) || (b.count ?? 0) - (a.count ?? 0));
}

const RANKS = { critical: 0, warning: 1, notice: 2 } as const;

function rankOf({ kind, severity }: Concern): number {
  return RANKS[severity] * 10 + (kind === 'no-workers' ? 0 : 1);
}

const nothing = { node: null, worker: null, since: null, count: null, error: null } as const;

function ofFleet({ fleet, backlogs }: Facts): readonly Concern[] {
  const waiting = backlogs.reduce((sum, { backlog }) => sum + backlog, 0);
  const silent = fleet.filter(({ alive }) => !alive);
  const concerns = silent.map(({ id, seenAt }): Concern => {
    return { ...nothing, kind: 'worker-silent', severity: 'warning', worker: id, since: seenAt };
  });
  if (fleet.some(({ alive }) => alive)) return concerns;
  const since = silent[0]?.seenAt ?? null;
  return [{ ...nothing, kind: 'no-workers', severity: 'critical', since, count: waiting }, ...concerns];
}

function ofNodes({ troubled, backlogs }: Facts): readonly Concern[] {
  return troubled.flatMap((node): readonly Concern[] => {
    const count = backlogs.find((one) => one.node === node.id)?.backlog ?? 0;
    const kind = healthOf(node);
    const about = { ...nothing, node: node.id, since: node.failingSince, count, error: node.lastError };
    if (kind === 'healthy') return [];
    if (kind === 'paused') return count === 0 ? [] : [{ ...about, kind, severity: 'notice', error: null }];
    return [{ ...about, kind, severity: count > 0 ? 'critical' : 'warning' }];
  });
}

/** Due for long at a node that nothing is known to be wrong with: then it is us. */
function ofBacklogs({ troubled, backlogs, now }: Facts): readonly Concern[] {
  const known = new Set(troubled.map(({ id }) => id));
  return backlogs
    .filter(({ node, oldestDueAge }) => oldestDueAge > LATE && !known.has(node))
    .map(({ node, backlog, oldestDueAge }) => {
      const since = new Date(now.getTime() - oldestDueAge * 1_000);
      return { ...nothing, kind: 'overdue', severity: 'critical', node, since, count: backlog };
    });
}

function ofFrozen({ frozen }: Facts): readonly Concern[] {
  const largest = new Map<string, FrozenGroup>();
  const sums = new Map<string, { count: number; oldest: Date }>();
  for (const group of frozen) {
    if (!largest.has(group.node)) largest.set(group.node, group);
    const sum = sums.get(group.node) ?? { count: 0, oldest: group.oldest };
    sums.set(group.node, { count: sum.count + group.count, oldest: earlier(sum.oldest, group.oldest) });
  }
  return [...sums].map(([node, { count, oldest }]) => {
    const error = largest.get(node)?.error ?? null;
    return { ...nothing, kind: 'frozen', severity: 'warning', node, since: oldest, count, error };
  });
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}
