import { policyFor, type DeliveryPolicy } from '#core';
import type { FrozenGroup, NodeBacklog, NodeHour, NodeStanding } from '#persistence';

export type Health = 'healthy' | 'failing' | 'suspect' | 'paused';

/** What else there is to know of nodes than their rows tell. */
export interface Surroundings {
  readonly backlogs: readonly NodeBacklog[];
  readonly frozen: readonly FrozenGroup[];
  readonly days: ReadonlyMap<string, readonly NodeHour[]>;
  /** `delivery` of the configuration. */
  readonly defaults: DeliveryPolicy;
}

/** Someone's decision explains what is seen of a node, and time-outs more than failures do. */
export function healthOf({ paused, suspect, failingSince }: NodeStanding): Health {
  if (paused) return 'paused';
  if (suspect) return 'suspect';
  return failingSince === null ? 'healthy' : 'failing';
}

/** A node as the console shows it. */
export function standingView(standing: NodeStanding, { backlogs, frozen, days, defaults }: Surroundings) {
  const { paused: _, suspect: __, policy: ___, ...shown } = standing;
  const backlog = backlogs.find(({ node }) => node === standing.id);
  return {
    ...shown,
    health: healthOf(standing),
    backlog: backlog?.backlog ?? 0,
    oldestDueAge: backlog?.oldestDueAge ?? 0,
    frozen: frozenAt(frozen, standing.id),
    policy: effectivePolicy(standing, defaults),
    day: days.get(standing.id) ?? [],
  };
}

function frozenAt(groups: readonly FrozenGroup[], node: string): number {
  return groups.filter((group) => group.node === node).reduce((sum, { count }) => sum + count, 0);
}

function effectivePolicy(standing: NodeStanding, defaults: DeliveryPolicy): DeliveryPolicy {
  const { batch, timeout, concurrency, retry } = policyFor(defaults, standing);
  const { fixed, progressive } = retry.delay;
  return { batch, timeout, concurrency, retry: { delay: { fixed, progressive }, max: retry.max } };
}
