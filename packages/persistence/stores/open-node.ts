import type {
  DeliverableNode,
  NodeAuth,
  NodeTls,
  Ordering,
  PolicyOverrides,
  Protocol,
  Sealer,
  SigningSecret,
} from '#core';

/** The columns of `node` that deliveries need, as `SELECT * FROM node` answers them through pg. */
export interface NodeRow {
  readonly id: string;
  readonly url: string;
  readonly protocol: Protocol;
  readonly ordering: Ordering;
  readonly paused: boolean;
  readonly policy: PolicyOverrides;
  readonly auth: Uint8Array | null;
  readonly tls: Uint8Array | null;
  readonly secret: Uint8Array | null;
  readonly previous_secret: Uint8Array | null;
  readonly previous_secret_until: Date | null;
}

/**
 * What sealed values of a node are bound to. Both secrets share one context, so that a rotation can move the sealed value over within
 * the row.
 */
export const sealContexts = {
  auth: (nodeId: string) => ['node', nodeId, 'auth'],
  tls: (nodeId: string) => ['node', nodeId, 'tls'],
  secret: (nodeId: string) => ['node', nodeId, 'secret'],
};

/** A node with its secrets opened. Throws `SealError`. */
export function openNode(row: NodeRow, sealer: Sealer): DeliverableNode {
  const open = (sealed: Uint8Array | null, until: Date | null): SigningSecret[] =>
    sealed === null ? [] : [{ value: sealer.open(sealed, sealContexts.secret(row.id)), until }];
  return {
    id: row.id,
    url: row.url,
    protocol: row.protocol,
    ordering: row.ordering,
    paused: row.paused,
    policy: row.policy,
    auth: openAuth(row, sealer),
    tls: openTls(row, sealer),
    secrets: [...open(row.secret, null), ...open(row.previous_secret, row.previous_secret_until)],
  };
}

/** The certificates of the connection to a node: sealed as JSON by the node store. */
export function openTls({ id, tls }: Pick<NodeRow, 'id' | 'tls'>, sealer: Sealer): NodeTls | undefined {
  return tls === null ? undefined : (JSON.parse(sealer.open(tls, sealContexts.tls(id))) as NodeTls);
}

/** How we authenticate towards a node: sealed as JSON by the node store. */
export function openAuth({ id, auth }: Pick<NodeRow, 'id' | 'auth'>, sealer: Sealer): NodeAuth {
  return auth === null ? { type: 'none' } : (JSON.parse(sealer.open(auth, sealContexts.auth(id))) as NodeAuth);
}
