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
  /** Newest first: none, one, or two after a rotation. */
  readonly secrets: readonly SigningSecret[];
}

/** A Standard Webhooks secret of a node. */
export interface SigningSecret {
  readonly value: string;
  /** It signs until then; null: until it is replaced. */
  readonly until: Date | null;
}
