import { randomUUID } from 'node:crypto';
import { createTokens } from '../../../apps/ingress/auth/tokens.ts';
import { freshId, testConfig, type TestSystem } from '../../system/index.ts';

/** Everyone who may come to a route. `node` owns what a call names; `other node` is the receiver of its message. */
export const CALLERS = [
  'nobody',
  'expired token',
  'expired key',
  'node',
  'other node',
  'viewer',
  'operator',
  'admin',
  'foreign page',
] as const;
export type Caller = (typeof CALLERS)[number];

/** Two nodes, what each has, and everyone who may come. */
export interface World {
  readonly node: string;
  readonly otherNode: string;
  /** From `node` to `otherNode`. */
  readonly message: string;
  readonly delivery: string;
  /** Ids of keys of the one and of the other. */
  readonly key: string;
  readonly otherKey: string;
  /** A user that is none of the callers. */
  readonly user: string;
  /** Its own id as a user; that of `user` for those who are none. */
  selfOf(caller: Caller): string;
  headersOf(caller: Caller): Readonly<Record<string, string>>;
  /** All of it that a call may change, as text. */
  look(): Promise<string>;
}

const ROLES = ['viewer', 'operator', 'admin'] as const;
const HOUR = 3_600_000;

const tokensAt = (ms: number) => createTokens({ secret: testConfig({}).security.secret ?? '', now: () => ms });

/** Nothing in it was ever used before, so that nothing of it is remembered by the ingress. */
export async function makeWorld(system: TestSystem): Promise<World> {
  const [node, otherNode] = [freshId('node'), freshId('other')];
  const [key, otherKey] = [await makeNode(system, node), await makeNode(system, otherNode)];
  const expired = await makeKey(system, node);
  await system.query(`UPDATE node_key SET expires_at = now() - interval '1 second' WHERE id = $1`, [expired.id]);
  const { id: message } = await system.send(key.key, { destinations: [otherNode] });
  const { id: delivery } = await system.delivery(message, otherNode);
  const user = await makeUser(system, 'viewer');
  const users = Object.fromEntries(
    await Promise.all(ROLES.map(async (role) => [role, await makeUser(system, role)] as const)),
  );
  const tokenOf = (role: string, ms = Date.now()) => tokensAt(ms).issue({ id: users[role] ?? '' }).token;
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const headers: Record<Caller, Readonly<Record<string, string>>> = {
    nobody: {},
    'expired token': bearer(tokenOf('admin', Date.now() - HOUR - 1_000)),
    'expired key': { 'x-api-key': expired.key },
    node: { 'x-api-key': key.key },
    'other node': { 'x-api-key': otherKey.key },
    viewer: bearer(tokenOf('viewer')),
    operator: bearer(tokenOf('operator')),
    admin: bearer(tokenOf('admin')),
    'foreign page': { cookie: `orchestrator_session=${tokenOf('admin')}`, 'sec-fetch-site': 'cross-site' },
  };
  return {
    node,
    otherNode,
    message,
    delivery,
    key: key.id,
    otherKey: otherKey.id,
    user,
    selfOf: (caller) => users[caller] ?? user,
    headersOf: (caller) => headers[caller],
    look: () => look(system, [node, otherNode], [user, ...Object.values(users)]),
  };
}

async function makeNode(system: TestSystem, id: string) {
  const body = { url: 'http://127.0.0.1:9/', protocol: 'webhook', subscriptions: [`of.${id}`] };
  await system.call('PUT', `/api/v1/nodes/${id}`, { body });
  return makeKey(system, id);
}

async function makeKey(system: TestSystem, node: string) {
  const { body } = await system.call('POST', `/api/v1/nodes/${node}/keys`, { body: { name: 'test' } });
  return body as { readonly id: string; readonly key: string };
}

/** Beside the system: a password takes long to hash, and these sign in by tokens. */
async function makeUser(system: TestSystem, role: string): Promise<string> {
  const id = randomUUID();
  const values = [id, freshId(role), role];
  await system.query(`INSERT INTO "user" (id, username, password_hash, role) VALUES ($1, $2, 'none', $3)`, values);
  return id;
}

async function look(system: TestSystem, nodes: readonly string[], users: readonly string[]): Promise<string> {
  const rows = await system.query(
    `SELECT n::text AS row FROM node n WHERE id = ANY($1)
     UNION ALL SELECT (k.id, k.node_id, k.name, k.expires_at)::text FROM node_key k WHERE node_id = ANY($1)
     UNION ALL SELECT m::text FROM message m WHERE origin = ANY($1)
     UNION ALL SELECT d::text FROM delivery d WHERE node_id = ANY($1)
     UNION ALL SELECT u::text FROM "user" u WHERE id = ANY($2::uuid[])
     ORDER BY 1`,
    [nodes, users],
  );
  return JSON.stringify(rows);
}
