import type { PolicyOverrides } from '../delivery/policy.ts';

export type Protocol = 'federated' | 'webhook';
export type Ordering = 'none' | 'fifo';

/** How we authenticate towards a node. */
export type NodeAuth =
  | { readonly type: 'none' }
  | { readonly type: 'api-key'; readonly header: string; readonly value: string }
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  | { readonly type: 'bearer'; readonly token: string }
  | OAuth2Auth
  | IshareAuth;

/** Client credentials (RFC 6749, section 4.4). */
export interface OAuth2Auth {
  readonly type: 'oauth2';
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string | undefined;
  /** Certificates that the token server's may end in, instead of the well-known ones; PEM. */
  readonly ca?: string | undefined;
}

/** An iSHARE client assertion. What is left out of the last three is that of `security.ishare`. */
export interface IshareAuth {
  readonly type: 'ishare';
  readonly tokenUrl: string;
  /** The party that runs the token server, by its identifier (EORI). */
  readonly partyId: string;
  readonly scope?: string | undefined;
  /** Certificates that the token server's may end in, instead of the well-known ones; PEM. */
  readonly ca?: string | undefined;
  /** Our own identifier. */
  readonly clientId?: string | undefined;
  /** PEM. */
  readonly privateKey?: string | undefined;
  /** Our own certificate, those that signed it, and the root: PEM, in this order. */
  readonly certificates?: string | undefined;
}

/** How the TLS connection to a node is made. */
export interface NodeTls {
  /** Certificates that the node's may end in, instead of the well-known ones; PEM. */
  readonly ca?: string | undefined;
  /** What we show, with its chain; PEM. */
  readonly certificate?: string | undefined;
  /** PEM. */
  readonly privateKey?: string | undefined;
}

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
  /** Absent: the well-known authorities, and no certificate of ours. */
  readonly tls?: NodeTls | undefined;
  /** Newest first: none, one, or two after a rotation. */
  readonly secrets: readonly SigningSecret[];
}

/** A Standard Webhooks secret of a node. */
export interface SigningSecret {
  readonly value: string;
  /** It signs until then; null: until it is replaced. */
  readonly until: Date | null;
}
