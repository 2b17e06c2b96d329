import { randomFillSync } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Router } from 'express';
import {
  createAcceptMessages,
  createLiveRegistry,
  createUuidV7,
  createWaker,
  type Facts,
  type MessageIntake,
  type NewMessage,
  type NodeAddress,
  type Report,
  type StoreOutcome,
} from '#core';
import { createApp } from './app.ts';
import { createAuthentication, hashKey } from './auth/authentication.ts';
import { principalOf, type Role } from './auth/principal.ts';
import { requireRole } from './auth/require-role.ts';
import { createTokens } from './auth/tokens.ts';
import { createBearers } from './auth/bearer.ts';
import { readJson } from './http/read-json.ts';
import { createIntakeRouter } from './intake/router.ts';
import { createServer } from './server.ts';

/** The ingress on a real socket, with memory in place of the database and a clock that the test sets. Tests only. */
export interface AppUnderTest {
  /** What was committed, in order. */
  readonly stored: NewMessage[];
  /** The lists of nodes that were woken. */
  readonly woken: (readonly string[])[];
  readonly events: { level: string; event: string; facts: Facts | undefined }[];
  readonly nodes: NodeAddress[];
  readonly keys: Map<string, { nodeId: string; keyId: string }>;
  readonly users: Map<string, { username: string; role: Role }>;
  readonly port: number;
  /** Runs instead of the store while it is set. */
  failure: (() => Promise<never>) | undefined;
  /** Milliseconds since the epoch. */
  now: number;
  keyLookUps: number;
  registryLoads: number;
  tokenOf(userId: string): string;
  send(request: TestRequest): Promise<TestAnswer>;
  stop(): Promise<void>;
}

export interface TestRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: Buffer | string;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  json(): Record<string, unknown>;
}

export const LARGEST_BODY = 1_048_576;

/** Three nodes with a key each (`key-of-customs`, …), and a user for each role, whose id is the role. */
export async function startApp(): Promise<AppUnderTest> {
  const nodes: NodeAddress[] = [
    { id: 'customs', did: 'did:web:customs.example.org', subscriptions: ['container.*', 'customs.>'] },
    { id: 'terminal', did: 'did:web:terminal.example.org', subscriptions: [] },
    { id: 'carrier', did: 'did:web:carrier.example.org', subscriptions: ['container.gate-in'] },
  ];
  const roles: Role[] = ['admin', 'operator', 'viewer'];
  const events: AppUnderTest['events'] = [];
  const report = recordInto(events);
  const world = {
    stored: [] as NewMessage[],
    woken: [] as (readonly string[])[],
    events,
    nodes,
    keys: new Map(nodes.map(({ id }) => [`key-of-${id}`, { nodeId: id, keyId: `key-id-of-${id}` }])),
    users: new Map(roles.map((role) => [role as string, { username: `a ${role}`, role }])),
    failure: undefined as (() => Promise<never>) | undefined,
    now: Date.parse('2026-03-02T12:00:00Z'),
    keyLookUps: 0,
    registryLoads: 0,
  };
  const now = () => world.now;
  const tokens = createTokens({ secret: 'a secret of the tests, long enough', now });
  const { identify, authenticate } = createAuthentication({
    keys: {
      findKey(hash) {
        world.keyLookUps += 1;
        const found = [...world.keys].find(([key]) => hashKey(key).equals(hash));
        return Promise.resolve(found?.[1] ?? null);
      },
      touchKey: (keyId) => {
        report.debug('key.touched', { keyId });
        return Promise.resolve();
      },
    },
    findBearer: createBearers({
      users: { findUser: (id) => Promise.resolve(world.users.get(id) ?? null) },
      tokens,
    }),
    report,
    now,
  });
  const registry = createLiveRegistry({
    source: {
      load() {
        world.registryLoads += 1;
        return Promise.resolve([...nodes]);
      },
      onChange: () => undefined,
    },
    report,
    pause: () => Promise.resolve(),
  });
  await registry.start();
  const waker = createWaker((woken) => {
    world.woken.push(woken);
    return Promise.resolve();
  }, report);
  const accept = createAcceptMessages({
    registry,
    waker,
    intake: createMemoryIntake(world),
    nextId: createUuidV7({ now, fill: randomFillSync }),
  });
  const management = Router()
    .get('/who', (request, response) => void response.json(principalOf(request)))
    .get('/things/:id', (request, response) => void response.json(request.params))
    .post('/things', requireRole('admin'), readJson(100), (request, response) => void response.json(request.body));
  const app = createApp({
    intake: createIntakeRouter({ identify, accept, largestBody: LARGEST_BODY, report }),
    authenticate,
    probes: {
      healthz: (_request, response) => void response.send('ok'),
      readyz: (_request, response) => void response.send('ok'),
      metrics: () => {
        throw new Error('a secret detail');
      },
    },
    routers: { root: [], open: [], management: [management], pages: [] },
    report,
  });
  const server = createServer(app, { host: '127.0.0.1', port: 0 });
  const { port } = await server.start();
  return Object.assign(world, {
    port,
    tokenOf: (userId: string) => tokens.issue({ id: userId }).token,
    send: (request: TestRequest) => exchange(port, request),
    stop: () => server.stop(1),
  });
}

function recordInto(events: AppUnderTest['events']): Report {
  const at = (level: string) => (event: string, facts?: Facts) => void events.push({ level, event, facts });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Decides repeats as the real store does, in memory. */
function createMemoryIntake(world: {
  stored: NewMessage[];
  failure: (() => Promise<never>) | undefined;
}): MessageIntake {
  function decide(message: NewMessage, stored: readonly NewMessage[]): StoreOutcome {
    const first = stored.find(
      (one) => one.senderId !== null && one.senderId === message.senderId && one.origin === message.origin,
    );
    if (first === undefined) return { kind: 'stored', unrouted: message.nodes.length === 0 };
    if (!first.fingerprint.equals(message.fingerprint)) return { kind: 'conflict' };
    const deliveries = first.nodes.map((node) => ({ node, state: 'delivered' as const }));
    return { kind: 'repeated', id: first.id, unrouted: first.nodes.length === 0, deliveries };
  }
  async function storeAll(messages: readonly NewMessage[]): Promise<readonly StoreOutcome[]> {
    if (world.failure !== undefined) return world.failure();
    const stored = [...world.stored];
    const outcomes = messages.map((message) => {
      const outcome = decide(message, stored);
      if (outcome.kind === 'stored') stored.push(message);
      return outcome;
    });
    if (outcomes.every(({ kind }) => kind !== 'conflict')) world.stored.splice(0, Infinity, ...stored);
    return outcomes;
  }
  return { storeAll, store: async (message) => (await storeAll([message]))[0] as StoreOutcome };
}

/** Sends the path as it is: `fetch` and its like would tidy it up. */
function exchange(port: number, { method = 'POST', path, headers = {}, body }: TestRequest): Promise<TestAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const json = () => JSON.parse(text) as Record<string, unknown>;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}
