import type { Api, CallOptions } from '../http/api.ts';
import type { Ordering, Protocol } from './nodes.ts';
import { segment, type Page, type PageQuery } from './paging.ts';

/** What happened over time, to one node or to all. Moments are ISO 8601. */
export interface Series {
  /** The beginning of the first point. */
  readonly from: string;
  /** Seconds that a point covers. */
  readonly step: number;
  /** Oldest first; the last is still filling. */
  readonly points: readonly SeriesPoint[];
}

export interface SeriesPoint {
  readonly at: string;
  /** Messages: from the node, where one is asked for. */
  readonly accepted: number;
  /** Deliveries made for the node, or for all. */
  readonly queued: number;
  /** Attempts that succeeded, and that failed. */
  readonly delivered: number;
  readonly failed: number;
  /** Deliveries that an attempt made frozen. */
  readonly frozen: number;
  /** Failed attempts by outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Milliseconds that half, and nineteen in twenty, of the attempts did not exceed; null without attempts. */
  readonly median: number | null;
  readonly p95: number | null;
}

/** `failing`: the last attempt failed. `suspect`: attempts only time out. `paused`: on purpose. */
export type Health = 'healthy' | 'failing' | 'suspect' | 'paused';

/** How a node stands. */
export interface Standing {
  readonly id: string;
  readonly name: string;
  readonly did: string | null;
  readonly url: string;
  readonly protocol: Protocol;
  readonly ordering: Ordering;
  readonly health: Health;
  /** A worker is at it now. */
  readonly working: boolean;
  /** Deliveries pending. */
  readonly backlog: number;
  /** Seconds since the first of them fell due; 0 when none is due. */
  readonly oldestDueAge: number;
  /** Frozen deliveries, among the newest 100,000 of all nodes. */
  readonly frozen: number;
  /** When the next attempt falls, or fell, due. */
  readonly nextAttemptAt: string | null;
  /** When a message for it was last accepted. */
  readonly lastQueuedAt: string | null;
  readonly lastSuccessAt: string | null;
  readonly lastFailureAt: string | null;
  /** Since when every attempt failed. */
  readonly failingSince: string | null;
  readonly lastOutcome: string | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  /** The configuration with the node's own overrides. Seconds. */
  readonly policy: {
    readonly batch: number;
    readonly timeout: number;
    readonly concurrency: number;
    readonly retry: { readonly delay: { readonly fixed: number; readonly progressive: number }; readonly max: number };
  };
  /** Attempts in each hour of the last 24 that had some. */
  readonly day: readonly { readonly at: string; readonly delivered: number; readonly failed: number }[];
}

/** Deliveries frozen at one node for one reason. */
export interface FrozenGroup {
  readonly node: string;
  readonly status: number | null;
  readonly error: string | null;
  readonly count: number;
  readonly oldest: string;
  readonly newest: string;
}

export interface Frozen {
  /** All frozen deliveries. */
  readonly total: number;
  /** Largest first, among the newest 100,000; 500 at most. */
  readonly groups: readonly FrozenGroup[];
}

/** Something that someone should look at. */
export interface Concern {
  readonly kind: 'no-workers' | 'overdue' | 'suspect' | 'failing' | 'frozen' | 'paused' | 'worker-silent';
  readonly severity: 'critical' | 'warning' | 'notice';
  /** A node's id. */
  readonly node: string | null;
  readonly worker: string | null;
  readonly since: string | null;
  /** Deliveries concerned. */
  readonly count: number | null;
  readonly error: string | null;
}

export interface FleetMember {
  /** `host:pid` */
  readonly id: string;
  readonly version: string;
  readonly startedAt: string;
  readonly seenAt: string;
  /** It has told of itself within the last half minute. */
  readonly alive: boolean;
  /** Lanes it can work on at a time, those it works on, and those of suspect nodes among them. */
  readonly slots: number;
  readonly busy: number;
  readonly suspects: number;
}

export interface SeriesQuery {
  /** A node's id; all of them together unless given. */
  readonly node?: string;
  /** Seconds until now, from 15 minutes to 30 days: an hour unless given. */
  readonly period?: number;
}

/** How the system stands, as the console shows it. */
export interface Overview {
  series(query?: SeriesQuery, options?: CallOptions): Promise<Series>;
  /** In the order of their ids. */
  nodes(query?: PageQuery, options?: CallOptions): Promise<Page<Standing>>;
  node(id: string, options?: CallOptions): Promise<Standing>;
  frozen(options?: CallOptions): Promise<Frozen>;
  /** Worst first; empty when all is well. */
  attention(options?: CallOptions): Promise<readonly Concern[]>;
  /** Who was heard of during the last day, the last first. */
  fleet(options?: CallOptions): Promise<readonly FleetMember[]>;
}

const PATH = '/api/v1/overview';

export function createOverview(api: Api): Overview {
  const get = <Answer>(path: string, options?: CallOptions, query: object = {}) =>
    api.call<Answer>({ method: 'GET', path: PATH + path, query: { ...query }, ...options });
  return {
    series: (query, options) => get('/series', options, query),
    nodes: (query, options) => get('/nodes', options, query),
    node: (id, options) => get(`/nodes/${segment(id)}`, options),
    frozen: (options) => get('/frozen', options),
    attention: async (options) => (await get<{ items: readonly Concern[] }>('/attention', options)).items,
    fleet: async (options) => (await get<{ workers: readonly FleetMember[] }>('/fleet', options)).workers,
  };
}
