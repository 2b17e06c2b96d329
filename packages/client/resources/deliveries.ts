import type { Api, CallOptions } from '../http/api.ts';
import { createList, type List } from './paging.ts';

export type DeliveryState = 'pending' | 'delivered' | 'frozen' | 'cancelled';

/** One message on its way to one node. Moments are ISO 8601. */
export interface Delivery {
  readonly id: string;
  /** A node's id. */
  readonly node: string;
  readonly state: DeliveryState;
  /** Attempts made, also those before a replay. */
  readonly attempts: number;
  /** When the next attempt falls due. */
  readonly dueAt: string | null;
  /** Of the last attempt: its HTTP status, and what went wrong. */
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly deliveredAt: string | null;
  readonly frozenAt: string | null;
}

export interface ListedDelivery extends Delivery {
  /** A message's id. */
  readonly message: string;
}

/** All that agree with each member given. */
export interface DeliveryFilter {
  readonly state?: DeliveryState;
  /** A node's id. */
  readonly node?: string;
  /** A message's id. */
  readonly message?: string;
  /** What the last attempt ended with: its `lastError`, exactly. With state `frozen` only. */
  readonly error?: string;
  /** Accepted at or after this moment. */
  readonly since?: Date;
  /** Accepted before this moment. */
  readonly until?: Date;
}

/** Which deliveries to change: those with these ids, or all that a filter matches. An empty filter matches every one. */
export type DeliverySelection = { readonly ids: readonly string[] } | { readonly filter: DeliveryFilter };

export interface ChangeOptions {
  /** Only counts what would change. */
  readonly dryRun?: boolean;
}

export interface ReplayOptions extends ChangeOptions {
  /** Delivered ones are sent again, too. */
  readonly includeDelivered?: boolean;
}

export interface Deliveries extends List<ListedDelivery, DeliveryFilter> {
  /** Makes frozen deliveries pending again, due now and with a fresh budget. Answers how many. */
  replay(selection: DeliverySelection & ReplayOptions, options?: CallOptions): Promise<number>;
  /** Cancels pending and frozen deliveries. Answers how many. */
  cancel(selection: DeliverySelection & ChangeOptions, options?: CallOptions): Promise<number>;
}

const PATH = '/api/v1/deliveries';

export function createDeliveries(api: Api): Deliveries {
  async function change(action: string, body: DeliverySelection, options?: CallOptions): Promise<number> {
    const { count } = await api.call<{ count: number }>({
      method: 'POST',
      path: `${PATH}/${action}`,
      body,
      ...options,
    });
    return count;
  }

  return {
    ...createList<ListedDelivery, DeliveryFilter>(api, PATH),
    replay: (selection, options) => change('replay', selection, options),
    cancel: (selection, options) => change('cancel', selection, options),
  };
}
