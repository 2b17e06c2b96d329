import type { DeliverableNode, OutboundMessage } from '#core';
import type { Endpoint } from '../connection/connection.ts';
import { endpointOf, targetOf } from '../connection/open-socket.ts';
import { readNodeUrl } from '../egress/node-url.ts';
import { cloudEventHeaders } from './cloud-event-headers.ts';
import { federatedBody } from './federated-body.ts';
import { readNodeTls } from './node-tls.ts';
import { authHeader, needsToken } from './plain-auth.ts';
import { signatureOf, signingKey } from './signature.ts';

const USER_AGENT = 'distribution-orchestrator';

/** All of a node's requests that is the same for every message: made once for each version of a node. */
export interface NodePlan {
  readonly endpoint: Endpoint;
  /** Host and port, for words. */
  readonly peer: string;
  /** Path and query. */
  readonly path: string;
  /** `name, value, name, value, ...` */
  readonly headers: readonly string[];
  readonly keys: readonly PlannedKey[];
}

interface PlannedKey {
  readonly bytes: Buffer;
  /** Epoch ms. */
  readonly until: number;
}

/** One request, all but where it goes. */
export interface NodeRequest {
  /** `name, value, name, value, ...` */
  readonly headers: string[];
  readonly body: Buffer;
}

/** Where and how a node is sent its messages, or why it can't be: its URL was stored before it was checked, or by hand. */
export function planFor(node: DeliverableNode): NodePlan | { readonly problem: string } {
  const { url, problem } = readNodeUrl(node.url);
  if (problem !== undefined) return { problem: `the node's URL can't be used: ${problem}` };
  const tls = node.tls === undefined ? null : readNodeTls(node.tls);
  if (tls !== null && 'problem' in tls) return { problem: `the node's certificates can't be used: ${tls.problem}` };
  return {
    endpoint: {
      key: tls === null ? url.origin : `${url.origin} ${tls.name}`,
      origin: url.origin,
      secureContext: tls?.secureContext,
    },
    peer: endpointOf(targetOf(url.origin)),
    path: pathOf(node, url),
    headers: staticHeaders(node),
    keys: node.secrets.map(({ value, until }) => ({ bytes: signingKey(value), until: until?.getTime() ?? Infinity })),
  };
}

/** The request that sends `message` at `now`, epoch ms; with `token` as bearer, where the node wants one. */
export function requestFor(
  node: DeliverableNode,
  plan: NodePlan,
  message: OutboundMessage,
  now: number,
  token: string | null = null,
): NodeRequest {
  const timestamp = Math.floor(now / 1000);
  const isFederatedNode = node.protocol === 'federated';
  const body = isFederatedNode ? federatedBody(message) : message.payload;
  const headers = isFederatedNode
    ? ['content-type', 'application/json']
    : ['content-type', message.contentType, ...cloudEventHeaders(message)];
  headers.push(...plan.headers, 'webhook-id', message.id, 'webhook-timestamp', String(timestamp));
  if (token !== null) headers.push('authorization', `Bearer ${token}`);
  const keys = plan.keys.filter(({ until }) => now < until).map(({ bytes }) => bytes);
  if (keys.length > 0) headers.push('webhook-signature', signatureOf(keys, message.id, timestamp, body));
  return { headers, body };
}

function pathOf(node: DeliverableNode, url: URL): string {
  if (node.protocol === 'webhook') return `${url.pathname}${url.search}`;
  return `${url.pathname.replace(/\/+$/, '')}/api/message${url.search}`;
}

function staticHeaders(node: DeliverableNode): string[] {
  const auth = needsToken(node.auth) ? null : authHeader(node.auth);
  if (auth === null) return ['user-agent', USER_AGENT];
  return auth[0] === 'user-agent' ? [...auth] : ['user-agent', USER_AGENT, ...auth];
}
