import { Router, type RequestHandler } from 'express';
import { createPurge, createSealer, type DeliverableNode, type NodeAddress, type Report } from '#core';
import {
  createAuditStore,
  createDeliveryStore,
  createEvidenceStore,
  createFleetStore,
  resealNodes,
  createIntakeStore,
  createKeyStore,
  createLogStore,
  createMessageStore,
  createNodeStore,
  createOverviewStore,
  createPurgeStore,
  createStatsStore,
  createUserStore,
  migrate,
  openDatabase,
} from '#persistence';
import { createApp } from '../app.ts';
import { setPrincipal, type Principal } from '../auth/principal.ts';
import { createTokens } from '../auth/tokens.ts';
import { createEvidenceSigner } from '../evidence/sign-evidence.ts';
import { Problem } from '../http/problem.ts';
import { createServer } from '../server.ts';
import { createManagement } from './management.ts';
import { createChanges } from './overview/changes.ts';
import type { ManagementPorts, PingResult } from './ports.ts';
import type { Method, Route } from './route.ts';

const SECRET = 'a secret of the tests, long enough for anyone';

const user = (role: 'admin' | 'operator' | 'viewer'): Principal => ({
  kind: 'user',
  userId: `id of ${role}`,
  username: role,
  role,
});

/** Who may ask, by a name that stands in a header: authentication is somebody else's test. */
const PRINCIPALS: Readonly<Record<string, Principal>> = {
  admin: user('admin'),
  operator: user('operator'),
  viewer: user('viewer'),
  node: { kind: 'node', nodeId: 'sender' },
  'another node': { kind: 'node', nodeId: 'other' },
};

export interface CallOptions {
  /** One of `PRINCIPALS`; `admin` when absent, nobody when null. */
  readonly as?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface CallAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** What any answer may hold; a schema has seen it before. */
export interface Body {
  readonly [member: string]: unknown;
  readonly items: readonly Record<string, unknown>[];
  readonly next: string | null;
}

/** The management API on a real socket and a real, empty database. Tests only. */
export async function startManagement(url: string, report: Report) {
  await migrate(url);
  const database = openDatabase({ url, connections: 10, onError: () => undefined });
  const now = () => new Date();
  const world = {
    woken: [] as (readonly string[])[],
    pinged: [] as DeliverableNode[],
    pong: { outcome: 'success', status: 204, duration: 3, error: null, body: null } as PingResult,
    mistake: null as string | null,
  };
  const log = createLogStore(database);
  const overview = createOverviewStore({ database, now: () => performance.now() });
  const changes = createChanges({ stamp: overview.stamp, report, every: 20 });
  const ports: ManagementPorts = {
    nodes: createNodeStore({ database, sealer: createSealer([SECRET]), now }),
    keys: createKeyStore({ database }),
    users: createUserStore({ database, now }),
    messages: createMessageStore(database),
    deliveries: createDeliveryStore(database),
    stats: createStatsStore({ database, now: () => performance.now() }),
    log,
    overview,
    fleet: createFleetStore(database),
    changes,
    policy: { batch: 100, timeout: 30, concurrency: 8, retry: { delay: { fixed: 60, progressive: 60 }, max: 10 } },
    tokens: createTokens({ secret: SECRET, now: Date.now }),
    signInParty: null,
    audit: createAuditStore(database),
    evidence: createEvidenceStore(database),
    signer: createEvidenceSigner(SECRET),
    reseal: (actor) => resealNodes(database, createSealer([SECRET]), actor),
    purge: createPurge({
      store: createPurgeStore(database),
      ages: { delivered: 3600, frozen: 3600, log: 3600 },
      log: (entry) => log.append(entry),
      report,
      onPurged: () => undefined,
    }),
    checkNode: () => (world.mistake === null ? [] : [{ path: 'url', message: world.mistake }]),
    async ping(node) {
      world.pinged.push(node);
      return world.pong;
    },
    wake: (nodeIds) => void world.woken.push(nodeIds),
    workers: () => Promise.resolve([{ id: 'worker-1', address: '127.0.0.1', since: new Date(0) }]),
  };
  const management = createManagement({ ports, secret: SECRET, largestBody: 100_000, version: '0.0.0' });
  const probe: RequestHandler = (_request, response) => void response.send('ok');
  const app = createApp({
    intake: Router(),
    authenticate,
    probes: { healthz: probe, readyz: probe, metrics: probe },
    routers: { root: management.root, open: management.open, management: management.management, pages: [] },
    report,
  });
  const server = createServer(app, { host: '127.0.0.1', port: 0 });
  const { port } = await server.start();

  return Object.assign(world, {
    routes: management.routes,
    database,
    ports,
    intake: createIntakeStore(database),
    port,
    /** Makes a call; what comes back must be what the table of routes says. */
    async call(method: Method, path: string, options: CallOptions = {}): Promise<CallAnswer> {
      const base = routeOf(management.routes, method, path)?.base ?? '/api/v1';
      const answer = await send(`http://127.0.0.1:${port}${base}${path}`, method, options);
      checkAnswer(management.routes, method, path, answer);
      return answer;
    },
    async clear() {
      Object.assign(world, { woken: [], pinged: [], mistake: null });
      const tables = [
        'attempt',
        'delivery',
        'message',
        'node_key',
        'node',
        '"user"',
        'lane',
        'log_record',
        'tally',
        'node_standing',
        'worker',
      ];
      await database.pool.query(tables.map((table) => `DELETE FROM ${table};`).join(''));
    },
    async stop() {
      changes.stop();
      await server.stop(1);
      await database.close();
    },
  });
}

export type ManagementUnderTest = Awaited<ReturnType<typeof startManagement>>;

const authenticate: RequestHandler = (request, _response, next) => {
  const principal = PRINCIPALS[String(request.headers['x-test-principal'])];
  if (principal === undefined) throw new Problem(401, 'unauthenticated', 'expected one of the principals of the tests');
  setPrincipal(request, principal);
  next();
};

async function send(url: string, method: Method, { as = 'admin', body, headers }: CallOptions): Promise<CallAnswer> {
  const response = await fetch(url, {
    method: method.toUpperCase(),
    headers: {
      ...(as !== null && { 'x-test-principal': as }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const parsed = (await readContent(response)) as Body;
  return { status: response.status, headers: response.headers, body: parsed };
}

async function readContent(response: Response): Promise<unknown> {
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream')) {
    // It has no end to wait for.
    await response.body?.cancel();
    return {};
  }
  const text = await response.text();
  if (text === '') return {};
  return /json/.test(type) ? (JSON.parse(text) as unknown) : { text };
}

function checkAnswer(routes: readonly Route[], method: Method, path: string, { status, headers, body }: CallAnswer) {
  const type = headers.get('content-type') ?? '';
  if (status >= 400) {
    if (!type.startsWith('application/problem+json')) throw new Error(`${method} ${path}: ${status} as ${type}`);
    return;
  }
  const described = routeOf(routes, method, path)?.answers[status];
  if (described === undefined) throw new Error(`${method} ${path} answered ${status}, which the table does not know`);
  if (described.schema === undefined) return;
  if (!type.startsWith('application/json')) throw new Error(`${method} ${path}: ${status} as ${type}`);
  described.schema.parse(body);
}

function routeOf(routes: readonly Route[], method: Method, path: string): Route | undefined {
  const isAt = (route: Route) =>
    new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path.split('?')[0] ?? '');
  return routes.find((route) => route.method === method && isAt(route));
}

/** A message as intake resolved it. */
export function messageFor(
  nodes: readonly NodeAddress['id'][],
  { id, origin = 'sender', type = 'event' }: MessageChoice,
) {
  return {
    id,
    origin,
    source: origin,
    senderId: null,
    type,
    contentType: 'application/json',
    payload: Buffer.from('{}'),
    digest: Buffer.alloc(32, 1),
    fingerprint: Buffer.alloc(32, 2),
    recordedTime: null,
    eventType: null,
    attributes: null,
    nodes,
  };
}

interface MessageChoice {
  readonly id: string;
  readonly origin?: string;
  readonly type?: string;
}
