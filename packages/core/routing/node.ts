import type { PolicyOverrides } from '../delivery/policy.ts';

export type Protocol = 'federated' | 'webhook';
export type Ordering = 'none' | 'fifo';

/** How we authenticate towards a node. */
export type NodeAuth =
  | { readonly type: 'none' }
  | { readonly type: 'api-key'; readonly header: string; readonly value: string }
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  | { readonly type: 'bearer'; readonly token: string };

/** What intake needs to know of a node to route to it. */
export interface NodeAddress {
  readonly id: string;
  readonly did: string | null;
  readonly subscriptions: readonly string[];
}

/** A node as the delivery path sees it, its secrets opened. */
export interface DeliverableNode {
  readonly id: string;
  readonly url: string;
  readonly protocol: Protocol;
  readonly ordering: Ordering;
  readonly paused: boolean;
  readonly policy: PolicyOverrides;
  readonly auth: NodeAuth;
  /** Standard Webhooks secrets that sign now, newest first: none, one, or two while a rotation overlaps. */
  readonly secrets: readonly string[];
}
