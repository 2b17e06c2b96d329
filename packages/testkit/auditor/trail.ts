import type { Evidence, ReceivedRecord, StoredAttempt, StoredDelivery } from './evidence.ts';

/** One delivery, and everything that is known of it from both ends. */
export interface Trail {
  readonly delivery: StoredDelivery;
  /** By number. */
  readonly attempts: readonly StoredAttempt[];
  /** By arrival. */
  readonly requests: readonly ReceivedRecord[];
}

/** The trail of each delivery. */
export function trailsOf({ received, state }: Evidence): Trail[] {
  const attempts = groupBy(state.attempts, ({ delivery }) => delivery);
  const requests = groupBy(received, wayOf);
  return state.deliveries.map((delivery) => ({
    delivery,
    attempts: (attempts.get(delivery.id) ?? []).toSorted((one, other) => one.number - other.number),
    requests: (requests.get(wayOf(delivery)) ?? []).toSorted((one, other) => one.arrivedAt - other.arrivedAt),
  }));
}

/** Names the way of one message to one node. */
export function wayOf({ message, node }: { readonly message: string; readonly node: string }): string {
  return `${message} ${node}`;
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
