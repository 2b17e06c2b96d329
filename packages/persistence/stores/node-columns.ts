import type { NodeAuth, NodeTls, Ordering, PolicyOverrides, PolicyPatch, Protocol, Sealer } from '#core';
import { mergePolicy } from '#core';
import type { Node, Prisma } from '../generated/client.ts';
import { openAuth, openTls, sealContexts } from './open-node.ts';

/** A node as it is shown: no secret, and no credentials. */
export interface NodeView {
  readonly id: string;
  readonly did: string | null;
  readonly name: string;
  readonly url: string;
  readonly protocol: Protocol;
  readonly auth: AuthView;
  /** Absent when it has none of its own. */
  readonly tls?: TlsView;
  readonly ordering: Ordering;
  readonly paused: boolean;
  readonly subscriptions: readonly string[];
  readonly policy: PolicyOverrides;
}

/** How we authenticate towards a node, without what nobody may see. */
export interface AuthView {
  readonly type: NodeAuth['type'];
  /** Of an API key: the header that it goes in. */
  readonly header?: string | undefined;
  readonly tokenUrl?: string | undefined;
  readonly clientId?: string | undefined;
  readonly scope?: string | undefined;
  /** Of iSHARE: who runs the token server. */
  readonly partyId?: string | undefined;
}

/** The certificates of the connection to a node, which may be seen, and whether there is a key, which may not. */
export interface TlsView extends Pick<NodeTls, 'ca' | 'certificate'> {
  readonly privateKey?: boolean;
}

/** A change to a node: what is absent stays, null removes. */
export interface NodePatch {
  readonly did?: string | null | undefined;
  readonly name?: string | undefined;
  readonly url?: string | undefined;
  readonly protocol?: Protocol | undefined;
  readonly auth?: NodeAuth | null | undefined;
  readonly tls?: NodeTls | null | undefined;
  readonly secret?: string | null | undefined;
  readonly ordering?: Ordering | undefined;
  readonly paused?: boolean | undefined;
  readonly subscriptions?: readonly string[] | undefined;
  readonly policy?: PolicyPatch | undefined;
}

/** A whole node. What is absent gets its default, but `paused` and `secret` stay as they are. */
export interface NodeInput extends Omit<NodePatch, 'policy'> {
  readonly url: string;
  readonly protocol: Protocol;
  readonly policy?: PolicyOverrides | undefined;
}

type NodeColumns = Omit<Node, 'id' | 'createdAt' | 'updatedAt' | 'policy'> & { policy: Prisma.InputJsonObject };

/** The columns of a node that is put in the place of `current`, or of none. */
export function replaceNode(id: string, input: NodeInput, current: Node | null, sealer: Sealer): NodeColumns {
  return {
    did: input.did ?? null,
    name: input.name ?? id,
    url: input.url,
    protocol: input.protocol,
    ordering: input.ordering ?? 'none',
    paused: input.paused ?? current?.paused ?? false,
    subscriptions: [...(input.subscriptions ?? [])],
    policy: asJson(input.policy ?? {}),
    auth: sealAuth(id, input.auth ?? null, sealer),
    tls: sealTls(id, input.tls ?? null, sealer),
    ...secretColumns(id, input.secret, current, sealer),
  };
}

/** The columns of a node after a change. */
export function mergeNode(current: Node, patch: NodePatch, sealer: Sealer): NodeColumns {
  const { id } = current;
  return {
    did: patch.did === undefined ? current.did : patch.did,
    name: patch.name ?? current.name,
    url: patch.url ?? current.url,
    protocol: patch.protocol ?? current.protocol,
    ordering: patch.ordering ?? current.ordering,
    paused: patch.paused ?? current.paused,
    subscriptions: [...(patch.subscriptions ?? current.subscriptions)],
    policy: asJson(mergePolicy(policyOf(current), patch.policy ?? {})),
    auth: patch.auth === undefined ? current.auth : sealAuth(id, patch.auth, sealer),
    tls: patch.tls === undefined ? current.tls : sealTls(id, patch.tls, sealer),
    ...secretColumns(id, patch.secret, current, sealer),
  };
}

export function viewOf(node: Node, sealer: Sealer): NodeView {
  const { id, did, name, url, protocol, ordering, paused, subscriptions } = node;
  const auth = authView(openAuth(node, sealer));
  const tls = openTls(node, sealer);
  const view = { id, did, name, url, protocol, auth, ordering, paused, subscriptions, policy: policyOf(node) };
  return tls === undefined ? view : { ...view, tls: tlsView(tls) };
}

/** A node's overrides; written by the functions above only, and so of their shape. */
export function policyOf(node: Pick<Node, 'policy'>): PolicyOverrides {
  return node.policy as PolicyOverrides;
}

function authView(auth: NodeAuth): AuthView {
  switch (auth.type) {
    case 'none':
    case 'basic':
    case 'bearer':
      return { type: auth.type };
    case 'api-key':
      return { type: auth.type, header: auth.header };
    case 'oauth2':
      return { type: auth.type, tokenUrl: auth.tokenUrl, clientId: auth.clientId, scope: auth.scope };
    case 'ishare': {
      const { type, tokenUrl, partyId, clientId, scope } = auth;
      return { type, tokenUrl, partyId, clientId, scope };
    }
  }
}

function tlsView({ ca, certificate, privateKey }: NodeTls): TlsView {
  return { ca, certificate, ...(privateKey !== undefined && { privateKey: true }) };
}

function sealTls(id: string, tls: NodeTls | null, sealer: Sealer): Bytes | null {
  return tls === null ? null : asBytes(sealer.seal(JSON.stringify(tls), sealContexts.tls(id)));
}

function sealAuth(id: string, auth: NodeAuth | null, sealer: Sealer): Bytes | null {
  if (auth === null || auth.type === 'none') return null;
  return asBytes(sealer.seal(JSON.stringify(auth), sealContexts.auth(id)));
}

/** A secret that is set here replaces the one before it at once; only a rotation lets them overlap. */
function secretColumns(id: string, secret: string | null | undefined, current: Node | null, sealer: Sealer) {
  if (secret !== undefined) {
    const sealed = secret === null ? null : asBytes(sealer.seal(secret, sealContexts.secret(id)));
    return { secret: sealed, previousSecret: null, previousSecretUntil: null };
  }
  return {
    secret: current?.secret ?? null,
    previousSecret: current?.previousSecret ?? null,
    previousSecretUntil: current?.previousSecretUntil ?? null,
  };
}

type Bytes = Uint8Array<ArrayBuffer>;

function asBytes(bytes: Buffer): Bytes {
  return Uint8Array.from(bytes);
}

function asJson(policy: PolicyOverrides): Prisma.InputJsonObject {
  return policy as Prisma.InputJsonObject;
}
