import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import {
  attemptSchema,
  listOf,
  messageSchema,
  type Accepted,
  type Attempt,
  type Delivery,
  type Message,
} from './documents.ts';
import { acceptedOf, read, type Reply } from './reply.ts';
import { keepInMind } from './secrets.ts';
import { waitUntil } from './wait-until.ts';

export interface Call {
  /** Text and bytes are sent as they are, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** A node's API key; the administrator's token when left out, nobody's when null. */
  readonly key?: string | null;
}

/** A node as PUT takes it. */
export type NodeFields = Readonly<Record<string, unknown>>;

/** The system as everyone outside sees it: over HTTP. */
export interface Api {
  readonly url: string;
  call(method: string, path: string, call?: Call): Promise<Reply>;
  /** Registers a node, and answers an API key to send as it. */
  register(id: string, node: NodeFields): Promise<string>;
  /** Sends a message of the native kind as a node; throws unless it is accepted. */
  send(key: string, message: Readonly<Record<string, unknown>>): Promise<Accepted>;
  message(id: string): Promise<Message>;
  /** The one delivery of a message to a node. */
  delivery(messageId: string, node: string): Promise<Delivery>;
  /** Asks again and again until the delivery is as wanted; throws with what it was after `within` ms (30,000). */
  until(messageId: string, node: string, isWanted: (delivery: Delivery) => boolean, within?: number): Promise<Delivery>;
  /** The attempts of a message, oldest first; those to one node, if it is given. */
  attempts(messageId: string, node?: string): Promise<Attempt[]>;
}

const tokenSchema = z.object({ access_token: z.string(), token_type: z.literal('Bearer') });
const keySchema = z.object({ key: z.string() });

/** Signs the administrator in. */
export async function openApi(url: string, password: string): Promise<Api> {
  const login = new URLSearchParams({ grant_type: 'password', username: 'admin', password });
  const answer = await replyOf(await fetch(`${url}/api/v1/token`, { method: 'POST', body: login }));
  const token = read(answer, [200], tokenSchema).access_token;
  keepInMind({ token, password });

  async function call(method: string, path: string, { body, headers = {}, key }: Call = {}): Promise<Reply> {
    const credentials: Record<string, string> =
      key === undefined ? { authorization: `Bearer ${token}` } : key === null ? {} : { 'x-api-key': key };
    const content = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(url + path, {
      method,
      headers: { ...content, ...credentials, ...headers },
      ...(body !== undefined && { body: encode(body) }),
    });
    const reply = await replyOf(response);
    for (const document of [body, headers, reply.body]) keepInMind(document);
    return reply;
  }

  /** Dozens of tests that begin together may ask for more than is to be had at once: a 503 says so, and to come again. */
  async function patiently(method: string, path: string, body: unknown): Promise<Reply> {
    return waitUntil(
      () => call(method, path, { body }),
      ({ status }) => status !== 503,
    );
  }

  async function message(id: string): Promise<Message> {
    return read(await call('GET', `/api/v1/messages/${id}`), [200], messageSchema);
  }

  async function delivery(messageId: string, node: string): Promise<Delivery> {
    const { deliveries } = await message(messageId);
    const found = deliveries.find((one) => one.node === node);
    if (found === undefined) throw new Error(`message ${messageId} has no delivery to ${node}`);
    return found;
  }

  return {
    url,
    call,
    message,
    delivery,
    async register(id, node) {
      const fields = { name: id, protocol: 'webhook', ...node };
      read(await patiently('PUT', `/api/v1/nodes/${id}`, fields), [200, 201], z.unknown());
      return read(await patiently('POST', `/api/v1/nodes/${id}/keys`, { name: 'test' }), [201], keySchema).key;
    },
    async send(key, native) {
      const body = { type: 'container.gate-in', payload: { a: 1 }, ...native };
      return acceptedOf(await call('POST', '/api/v1/messages', { key, body }));
    },
    until: (messageId, node, isWanted, within) => waitUntil(() => delivery(messageId, node), isWanted, within),
    async attempts(messageId, node) {
      const page = await call('GET', `/api/v1/messages/${messageId}/attempts?limit=500`);
      const { items } = read(page, [200], listOf(attemptSchema));
      return items.filter((attempt) => node === undefined || attempt.node === node).toReversed();
    },
  };
}

/** A node's id that no other test has. */
export function freshId(name: string): string {
  return `${name}-${randomBytes(4).toString('hex')}`;
}

function encode(body: unknown): string | Uint8Array<ArrayBuffer> {
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body);
}

async function replyOf(response: Response): Promise<Reply> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
}
