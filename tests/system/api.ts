import { randomBytes } from 'node:crypto';

/** One answer of the system's HTTP interface. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed document; null when there was none. */
  readonly body: any;
}

export interface Call {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** A node's API key; the administrator's token when left out, nobody's when null. */
  readonly key?: string | null;
}

/** The system as everyone outside sees it: over HTTP. */
export interface Api {
  readonly url: string;
  call(method: string, path: string, call?: Call): Promise<Reply>;
  /** Registers a node, and answers an API key to send as it. */
  register(id: string, node: Readonly<Record<string, unknown>>): Promise<string>;
  /** Sends a message of the native kind as a node; throws unless it is accepted. */
  send(key: string, message: Readonly<Record<string, unknown>>): Promise<{ id: string; deliveries: unknown[] }>;
  /** The one delivery of a message to a node. */
  delivery(messageId: string, node: string): Promise<any>;
  /** Asks again and again until the delivery is as wanted; throws with what it was after `within` ms (20,000). */
  until(messageId: string, node: string, isWanted: (delivery: any) => boolean, within?: number): Promise<any>;
  /** The attempts of a message, oldest first. */
  attempts(messageId: string): Promise<any[]>;
}

const PATIENCE = 20_000;
const BETWEEN_LOOKS = 50;

export async function openApi(url: string, password: string): Promise<Api> {
  const login = new URLSearchParams({ grant_type: 'password', username: 'admin', password });
  const answer = await fetch(`${url}/api/v1/token`, { method: 'POST', body: login });
  if (!answer.ok) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
  const { access_token: token } = (await answer.json()) as { access_token: string };

  async function call(method: string, path: string, { body, headers = {}, key }: Call = {}): Promise<Reply> {
    const credentials: Record<string, string> =
      key === undefined ? { authorization: `Bearer ${token}` } : key === null ? {} : { 'x-api-key': key };
    const hasText = typeof body === 'string' || Buffer.isBuffer(body);
    const response = await fetch(url + path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...credentials, ...headers },
      ...(body !== undefined && { body: hasText ? (body as string) : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
  }

  async function expectStatus(
    expected: readonly number[],
    method: string,
    path: string,
    request: Call,
  ): Promise<Reply> {
    const reply = await call(method, path, request);
    if (expected.includes(reply.status)) return reply;
    throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
  }

  async function delivery(messageId: string, node: string): Promise<any> {
    const { body } = await expectStatus([200], 'GET', `/api/v1/messages/${messageId}`, {});
    return body.deliveries.find((one: { node: string }) => one.node === node);
  }

  return {
    url,
    call,
    async register(id, node) {
      await expectStatus([200, 201], 'PUT', `/api/v1/nodes/${id}`, {
        body: { name: id, protocol: 'webhook', ...node },
      });
      const { body } = await expectStatus([201], 'POST', `/api/v1/nodes/${id}/keys`, { body: { name: 'test' } });
      return body.key;
    },
    async send(key, message) {
      const body = { type: 'container.gate-in', payload: { a: 1 }, ...message };
      return (await expectStatus([202], 'POST', '/api/v1/messages', { key, body })).body;
    },
    delivery,
    async until(messageId, node, isWanted, within = PATIENCE) {
      const deadline = performance.now() + within;
      for (;;) {
        const last = await delivery(messageId, node);
        if (last !== undefined && isWanted(last)) return last;
        if (performance.now() > deadline)
          throw new Error(`the delivery never came to be as wanted: ${JSON.stringify(last)}`);
        await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS));
      }
    },
    async attempts(messageId) {
      const { body } = await expectStatus([200], 'GET', `/api/v1/messages/${messageId}/attempts?limit=500`, {});
      return body.items.toReversed();
    },
  };
}

/** A node's id that no other test has. */
export function freshId(name: string): string {
  return `${name}-${randomBytes(4).toString('hex')}`;
}
