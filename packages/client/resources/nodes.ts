import type { Api, CallOptions } from '../http/api.ts';
import { createList, segment, type List } from './paging.ts';

export type Protocol = 'federated' | 'webhook';

/** `fifo`: one by one, in the order of acceptance. */
export type Ordering = 'none' | 'fifo';

/** How the orchestrator says to a node who it is. */
export type NodeAuth =
  | { readonly type: 'none' }
  | { readonly type: 'api-key'; readonly header: string; readonly value: string }
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  | { readonly type: 'bearer'; readonly token: string }
  | {
      readonly type: 'oauth2';
      readonly tokenUrl: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly scope?: string;
      readonly ca?: string;
    }
  | {
      readonly type: 'ishare';
      readonly tokenUrl: string;
      /** The EORI of the party that runs the token server. */
      readonly partyId: string;
      readonly scope?: string;
      readonly ca?: string;
      /** Our own EORI, with its key and certificates; without them as `security.ishare` says. */
      readonly clientId?: string;
      readonly privateKey?: string;
      readonly certificates?: string;
    };

/** Certificates of the connection to a node. PEM. */
export interface NodeTls {
  /** Authorities that its own may end in, instead of the well-known ones. */
  readonly ca?: string;
  /** What is shown to the node, with its chain, and the key of that. */
  readonly certificate?: string;
  readonly privateKey?: string;
}

/** Overrides of the delivery settings for one node. Times in seconds. */
export interface NodePolicy {
  readonly batch?: number;
  readonly timeout?: number;
  readonly concurrency?: number;
  readonly retry?: {
    readonly delay?: { readonly fixed?: number; readonly progressive?: number };
    readonly max?: number;
  };
}

/** A change to overrides: what is absent stays, null removes. */
export interface NodePolicyPatch {
  readonly batch?: number | null;
  readonly timeout?: number | null;
  readonly concurrency?: number | null;
  readonly retry?: {
    readonly delay?: { readonly fixed?: number | null; readonly progressive?: number | null } | null;
    readonly max?: number | null;
  } | null;
}

/** A node as it is shown: without its secret and without credentials. */
export interface Node {
  readonly id: string;
  readonly did: string | null;
  readonly name: string;
  readonly url: string;
  readonly protocol: Protocol;
  readonly auth: {
    readonly type: string;
    readonly header?: string;
    readonly tokenUrl?: string;
    readonly clientId?: string;
    readonly scope?: string;
    readonly partyId?: string;
  };
  /** Where its connection has certificates of its own; of a private key only that there is one. */
  readonly tls?: { readonly ca?: string; readonly certificate?: string; readonly privateKey?: true };
  readonly ordering: Ordering;
  readonly paused: boolean;
  /** Patterns of message types: `*` for one segment between dots, `>` for the rest. */
  readonly subscriptions: readonly string[];
  readonly policy: NodePolicy;
}

/** A whole node. What is absent gets its default, but `paused` and `secret` stay as they are. */
export interface NodeInput {
  readonly url: string;
  readonly protocol: Protocol;
  readonly did?: string | null;
  readonly name?: string;
  readonly auth?: NodeAuth | null;
  readonly tls?: NodeTls | null;
  /** A Standard Webhooks secret: `whsec_` and the base64 of 24 to 64 bytes. Null removes it. */
  readonly secret?: string | null;
  readonly ordering?: Ordering;
  readonly paused?: boolean;
  readonly subscriptions?: readonly string[];
  readonly policy?: NodePolicy;
}

/** A change to a node: what is absent stays. */
export type NodePatch = Partial<Omit<NodeInput, 'policy'>> & { readonly policy?: NodePolicyPatch };

export interface SecretRotation {
  /** Made by the orchestrator unless given. */
  readonly secret?: string;
  /** Seconds for which the secret before it signs too: a day unless given. */
  readonly overlap?: number;
}

export interface RotatedSecret {
  /** Shown this once. */
  readonly secret: string;
  /** Until when both sign; null when there was no other, or no overlap. */
  readonly previousUntil: string | null;
}

/** What came back from a test request. */
export interface PingResult {
  /** `success` for a 2xx, else what went wrong. */
  readonly outcome: string;
  /** Null without an answer. */
  readonly status: number | null;
  /** Milliseconds. */
  readonly duration: number;
  readonly error: string | null;
  /** The first 4 KiB of the answer. */
  readonly body: string | null;
}

export interface Nodes extends List<Node, object> {
  get(id: string, options?: CallOptions): Promise<Node>;
  /** Creates a node, or replaces it. */
  put(id: string, node: NodeInput, options?: CallOptions): Promise<Node>;
  patch(id: string, change: NodePatch, options?: CallOptions): Promise<Node>;
  /** Removes a node with its keys, and cancels what is pending for it. */
  delete(id: string, options?: CallOptions): Promise<void>;
  /** A paused node keeps collecting deliveries and gets none. */
  pause(id: string, options?: CallOptions): Promise<void>;
  resume(id: string, options?: CallOptions): Promise<void>;
  rotateSecret(id: string, rotation?: SecretRotation, options?: CallOptions): Promise<RotatedSecret>;
  /** Makes one signed test request. */
  ping(id: string, options?: CallOptions): Promise<PingResult>;
}

const PATH = '/api/v1/nodes';

export function createNodes(api: Api): Nodes {
  const pathOf = (id: string, action = '') => `${PATH}/${segment(id)}${action}`;
  const act = <Answer>(id: string, action: string, body: object, options?: CallOptions) =>
    api.call<Answer>({ method: 'POST', path: pathOf(id, action), body, ...options });

  return {
    ...createList<Node, object>(api, PATH),
    get: (id, options) => api.call({ method: 'GET', path: pathOf(id), ...options }),
    put: (id, body, options) => api.call({ method: 'PUT', path: pathOf(id), body, ...options }),
    patch: (id, body, options) => api.call({ method: 'PATCH', path: pathOf(id), body, ...options }),
    delete: (id, options) => api.call({ method: 'DELETE', path: pathOf(id), ...options }),
    pause: async (id, options) => void (await act(id, '/pause', {}, options)),
    resume: async (id, options) => void (await act(id, '/resume', {}, options)),
    rotateSecret: (id, rotation = {}, options) => act(id, '/rotate-secret', rotation, options),
    ping: (id, options) => act(id, '/ping', {}, options),
  };
}
