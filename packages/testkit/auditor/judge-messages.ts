import type { AcceptedRecord, Evidence } from './evidence.ts';
import { wayOf } from './trail.ts';
import type { Violation } from './violation.ts';

/** No message that was answered 2xx without its row and all of its deliveries; no request without a delivery. */
export function judgeAcceptance({ accepted, received, state }: Evidence): Violation[] {
  const messages = new Set(state.messages.map(({ id }) => id));
  const ways = new Set(state.deliveries.map(wayOf));
  const uncalledFor = received.filter((request) => !ways.has(wayOf(request)));
  return [
    ...accepted.flatMap((record) => missingOf(record, messages, ways)),
    ...uncalledFor.map(({ message, node }): Violation => {
      return { kind: 'uncalled-for', message, node, detail: 'a request, and no delivery' };
    }),
  ];
}

function missingOf({ message, nodes }: AcceptedRecord, messages: Set<string>, ways: Set<string>): Violation[] {
  if (!messages.has(message)) return [{ kind: 'missing', message, node: null, detail: 'accepted, and not stored' }];
  return nodes
    .filter((node) => !ways.has(wayOf({ message, node })))
    .map((node) => ({ kind: 'missing', message, node, detail: 'accepted, and no delivery' }));
}

/** Payloads are stored and sent as they were handed in. */
export function judgeBytes({ accepted, received, state }: Evidence): Violation[] {
  const sent = new Map(accepted.map(({ message, digest }) => [message, digest]));
  const stored = new Map(state.messages.map(({ id, digest }) => [id, digest]));
  const violations: Violation[] = [];
  for (const [message, digest] of sent) {
    if (stored.has(message) && stored.get(message) !== digest) {
      violations.push({ kind: 'altered', message, node: null, detail: `sent as ${digest}, and stored otherwise` });
    }
  }
  for (const { message, node, digest } of received) {
    // A sender whose answer was lost does not know its message's id.
    const expected = sent.get(message) ?? stored.get(message);
    if (expected !== undefined && expected !== digest) {
      violations.push({ kind: 'altered', message, node, detail: `expected ${expected}, received ${digest}` });
    }
  }
  return violations;
}
