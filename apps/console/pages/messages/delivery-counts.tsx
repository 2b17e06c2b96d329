import type { DeliveryState, Message } from '#client';
import { StateSymbol } from '../../parts/symbols.tsx';

const STATES: readonly DeliveryState[] = ['frozen', 'pending', 'delivered', 'cancelled'];

/** How many of a message's deliveries are in each state; its one delivery's node, where there is one only. */
export function DeliveryCounts({ message: { deliveries, unrouted } }: { readonly message: Message }) {
  if (unrouted) return <span className="quiet">unrouted: nobody is subscribed</span>;
  const [only, ...others] = deliveries;
  if (only !== undefined && others.length === 0) {
    return (
      <span className="counts">
        <StateSymbol state={only.state} /> <span className="quiet">{only.node}</span>
      </span>
    );
  }
  const counts = STATES.map((state) => [state, deliveries.filter((one) => one.state === state).length] as const);
  return (
    <span className="counts">
      {counts
        .filter(([, count]) => count > 0)
        .map(([state, count]) => (
          <span key={state}>
            {count} <StateSymbol state={state} />
          </span>
        ))}
    </span>
  );
}
