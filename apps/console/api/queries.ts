import type { Attempt, Concern, FleetMember, Frozen, Message, Node, Series, Standing, Stats } from '#client';
import { queryOptions } from '@tanstack/react-query';
import { get, getAll, getBytes, queryText } from './call.ts';

// What the pages read. The first word of a key says which news make it old: see live/use-news.ts.

/** Nodes that one page of the console lists. */
const MOST_NODES = 5_000;
const MOST_ATTEMPTS = 1_000;

export const stats = queryOptions({ queryKey: ['overview', 'stats'], queryFn: () => get<Stats>('/stats') });

export const attention = queryOptions({
  queryKey: ['overview', 'attention'],
  queryFn: async () => (await get<{ items: readonly Concern[] }>('/overview/attention')).items,
});

export const fleet = queryOptions({
  queryKey: ['overview', 'fleet'],
  queryFn: async () => (await get<{ workers: readonly FleetMember[] }>('/overview/fleet')).workers,
  // Being silent is no news that anyone tells.
  refetchInterval: 10_000,
});

/** @param period Seconds until now. */
export function series(period: number, node?: string) {
  return queryOptions({
    queryKey: ['overview', 'series', period, node ?? null],
    queryFn: () => get<Series>(`/overview/series${queryText({ period, node })}`),
    // An empty chart moves on, too.
    refetchInterval: 30_000,
  });
}

export const standings = queryOptions({
  queryKey: ['nodes', 'standings'],
  queryFn: () => getAll<Standing>('/overview/nodes', MOST_NODES),
});

export function standing(id: string) {
  return queryOptions({
    queryKey: ['nodes', 'standing', id],
    queryFn: () => get<Standing>(`/overview/nodes/${encodeURIComponent(id)}`),
  });
}

export function node(id: string) {
  return queryOptions({
    queryKey: ['nodes', 'node', id],
    queryFn: () => get<Node>(`/nodes/${encodeURIComponent(id)}`),
  });
}

export const frozen = queryOptions({ queryKey: ['frozen'], queryFn: () => get<Frozen>('/overview/frozen') });

export function message(id: string) {
  return queryOptions({
    queryKey: ['messages', 'message', id],
    queryFn: () => get<Message>(`/messages/${encodeURIComponent(id)}`),
  });
}

/** Newest first. */
export function attempts(id: string) {
  return queryOptions({
    queryKey: ['messages', 'attempts', id],
    queryFn: () => getAll<Attempt>(`/messages/${encodeURIComponent(id)}/attempts`, MOST_ATTEMPTS),
  });
}

export function payload(id: string) {
  return queryOptions({
    queryKey: ['payload', id],
    queryFn: () => getBytes(`/messages/${encodeURIComponent(id)}/payload`),
    // It never changes.
    staleTime: Infinity,
  });
}
