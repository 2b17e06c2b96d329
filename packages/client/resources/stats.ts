import type { Api, CallOptions } from '../http/api.ts';
import type { DeliveryState } from './deliveries.ts';

/** How the whole system stands. */
export interface Stats {
  /** Deliveries by state. Delivered ones are counted up to 100,000 and estimated above. */
  readonly deliveries: Readonly<Record<DeliveryState, number>>;
  /** Nodes with something pending, largest backlog first. */
  readonly nodes: readonly NodeBacklog[];
  /** Per second, over the last five minutes, or over the last 10,000 where these took less. */
  readonly rates: { readonly accepted: number; readonly delivered: number; readonly frozen: number };
  /** The fleet's workers. */
  readonly workers: readonly { readonly id: string; readonly address: string | null; readonly since: string | null }[];
}

export interface NodeBacklog {
  /** A node's id. */
  readonly node: string;
  /** Deliveries pending. */
  readonly backlog: number;
  /** Seconds since the first of them fell due; 0 when none is due. */
  readonly oldestDueAge: number;
}

export interface StatsResource {
  get(options?: CallOptions): Promise<Stats>;
}

export function createStats(api: Api): StatsResource {
  return { get: (options) => api.call({ method: 'GET', path: '/api/v1/stats', ...options }) };
}
