import type { DeliveryState } from '../delivery/states.ts';
import type { Call } from '../message/call.ts';
import type { NewMessage } from '../message/message.ts';
import { newMessage } from '../message/new-message.ts';
import type { LiveRegistry } from '../routing/live-registry.ts';
import type { NodeAddress } from '../routing/node.ts';
import type { Registry, Resolution } from '../routing/registry.ts';
import type { Waker } from './waker.ts';

/** What became of storing a message. */
export type StoreOutcome =
  /** Committed, with all its deliveries. */
  | { readonly kind: 'stored'; readonly unrouted: boolean }
  /** The same (origin, senderId) with the same fingerprint is there already. */
  | {
      readonly kind: 'repeated';
      readonly id: string;
      readonly unrouted: boolean;
      readonly deliveries: readonly DeliverySummary[];
    }
  /** The same (origin, senderId) with another fingerprint is there already. */
  | { readonly kind: 'conflict' };

/** Where messages are stored. A rejection says nothing about what was committed: only a repeat with the same id tells. */
export interface MessageIntake {
  /** Resolves when it is committed, in one transaction with others; rejects with `BatcherFull` when too much is waiting. */
  store(message: NewMessage): Promise<StoreOutcome>;
  /** One transaction, an outcome each, in order. When any is a conflict, nothing is stored. Messages among them may repeat each other. */
  storeAll(messages: readonly NewMessage[]): Promise<readonly StoreOutcome[]>;
}

export interface DeliverySummary {
  /** The node's id. */
  readonly node: string;
  readonly state: DeliveryState;
}

/** An accepted message, as its sender is told of it. */
export interface AcceptedMessage {
  readonly id: string;
  /** The id of the node it is from. */
  readonly origin: string;
  readonly deliveries: readonly DeliverySummary[];
  /** Nobody gets it: kept, and shown as such. */
  readonly unrouted: boolean;
  /** Accepted earlier already; nothing is sent again. */
  readonly repeated: boolean;
}

/** Who hands messages in: a node, for itself; or a user, for the node that each call names. */
export type Sender = { readonly kind: 'node'; readonly nodeId: string } | { readonly kind: 'user' };

/** A name in a call that stands for no node, or for one that the sender may not send for. */
export interface NameProblem {
  /** The call's position in the request. */
  readonly call: number;
  readonly field: 'origin' | 'destinations';
  /** Null when it is missing. */
  readonly name: string | null;
  /** `missing`: a user must name the origin. `foreign`: a node sends for itself only. */
  readonly reason: 'unknown' | 'missing' | 'foreign';
}

export type Acceptance =
  | { readonly kind: 'accepted'; readonly messages: readonly AcceptedMessage[] }
  /** Some names don't do. Nothing is stored. */
  | { readonly kind: 'unroutable'; readonly problems: readonly NameProblem[] }
  /** Together they make more deliveries than one transaction should. Nothing is stored. */
  | { readonly kind: 'too-many'; readonly deliveries: number; readonly most: number }
  /** The positions of the calls whose id was used for something else. Nothing is stored. */
  | { readonly kind: 'conflict'; readonly calls: readonly number[] };

/** Most deliveries that a batch makes: by subscription, a small request could ask for a thousand times the fleet. */
const MOST_DELIVERIES = 100_000;

export interface AcceptMessagesOptions {
  readonly registry: LiveRegistry;
  readonly intake: MessageIntake;
  readonly waker: Waker;
  /** Makes a message's id. */
  nextId(): string;
}

/**
 * Accepts the calls of one request, all or none: finds who gets each, stores them, and has the receivers' lanes woken later. Resolves
 * only when everything is committed; rejects when it is not known whether it is.
 */
export function createAcceptMessages({ registry, intake, waker, nextId }: AcceptMessagesOptions) {
  /** A name that nobody has may have been registered a moment ago elsewhere in the fleet: look once more before refusing it. */
  async function routeAll(sender: Sender, calls: readonly Call[]): Promise<Routed> {
    const routed = route(registry.current(), sender, calls, nextId);
    if (!routed.problems.some(({ reason }) => reason === 'unknown')) return routed;
    return route(await registry.refresh(), sender, calls, nextId);
  }

  async function storeAll(messages: readonly NewMessage[]): Promise<readonly StoreOutcome[]> {
    const [only, ...others] = messages;
    if (only === undefined) return [];
    return others.length === 0 ? [await intake.store(only)] : intake.storeAll(messages);
  }

  return async (sender: Sender, calls: readonly Call[]): Promise<Acceptance> => {
    const { messages, problems } = await routeAll(sender, calls);
    if (problems.length > 0) return { kind: 'unroutable', problems };
    const deliveries = messages.reduce((sum, { nodes }) => sum + nodes.length, 0);
    if (messages.length > 1 && deliveries > MOST_DELIVERIES) {
      return { kind: 'too-many', deliveries, most: MOST_DELIVERIES };
    }
    const outcomes = await storeAll(messages);
    const conflicts = outcomes.flatMap((outcome, call) => (outcome.kind === 'conflict' ? [call] : []));
    if (conflicts.length > 0) return { kind: 'conflict', calls: conflicts };
    const accepted = messages.map((message, i) => summarise(message, outcomes[i]));
    for (const { deliveries } of accepted) waker.later(waiting(deliveries));
    return { kind: 'accepted', messages: accepted };
  };
}

export type AcceptMessages = ReturnType<typeof createAcceptMessages>;

interface Routed {
  readonly messages: readonly NewMessage[];
  readonly problems: readonly NameProblem[];
}

function route(registry: Registry, sender: Sender, calls: readonly Call[], nextId: () => string): Routed {
  const messages: NewMessage[] = [];
  const problems: NameProblem[] = [];
  calls.forEach((call, position) => {
    const origin = originOf(registry, sender, call);
    if (!('id' in origin)) {
      problems.push({ call: position, field: 'origin', ...origin });
      return;
    }
    const { nodes, unknown } = receiversOf(registry, call, origin);
    for (const name of unknown) problems.push({ call: position, field: 'destinations', name, reason: 'unknown' });
    messages.push(newMessage(call, nextId(), origin, nodes));
  });
  return { messages, problems };
}

/** The node that a call is sent by or for. */
function originOf(
  registry: Registry,
  sender: Sender,
  { origin }: Call,
): NodeAddress | Pick<NameProblem, 'name' | 'reason'> {
  const name = origin ?? (sender.kind === 'node' ? sender.nodeId : null);
  if (name === null) return { name, reason: 'missing' };
  const node = registry.find(name);
  const foreign = sender.kind === 'node' && name !== sender.nodeId && node?.id !== sender.nodeId;
  if (foreign) return { name, reason: 'foreign' };
  return node ?? { name, reason: 'unknown' };
}

function receiversOf(registry: Registry, call: Call, origin: NodeAddress): Resolution {
  if (call.route === 'broadcast') return { nodes: registry.allBut(origin.id), unknown: [] };
  if (call.route === 'subscribed') return { nodes: registry.subscribedTo(call.type), unknown: [] };
  return registry.resolve(call.destinations ?? []);
}

/** Receivers that still wait: of a repeat too, since what was committed in an answer that was lost woke nobody. */
function waiting(deliveries: readonly DeliverySummary[]): string[] {
  return deliveries.filter(({ state }) => state === 'pending').map(({ node }) => node);
}

function summarise({ id, origin, nodes }: NewMessage, outcome: StoreOutcome | undefined): AcceptedMessage {
  if (outcome?.kind === 'repeated') {
    return { id: outcome.id, origin, deliveries: outcome.deliveries, unrouted: outcome.unrouted, repeated: true };
  }
  const deliveries = nodes.map((node) => ({ node, state: 'pending' as const }));
  return { id, origin, deliveries, unrouted: outcome?.kind === 'stored' && outcome.unrouted, repeated: false };
}
