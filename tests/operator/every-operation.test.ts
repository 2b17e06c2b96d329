import { createClient, type Client, type Credentials } from '#client';
import { startTestNode, startTestPostgres, type TestNode, type TestPostgres } from '#testkit';
import { createExchange, type HttpHead, type HttpRequest } from '../../packages/client/http/exchange.ts';
import { openStream } from '../../packages/client/http/stream.ts';
import { freshId, startSystem, type TestSystem } from '../system/index.ts';
import { readDescription, type Description } from './description/read-description.ts';

let postgres: TestPostgres;
let system: TestSystem;
let receiver: TestNode;
let description: Description;
/** `METHOD path` of each operation that was called and answered as described. */
const done = new Set<string>();
const mistakes: string[] = [];

beforeAll(async () => {
  postgres = await startTestPostgres();
  system = await startSystem({ databaseUrl: postgres.url, queueUrl: 'database' });
  receiver = await startTestNode();
  description = await readDescription(system.url);
});

afterAll(async () => {
  await receiver.close();
  await system.stop();
  await postgres.stop();
});

/** What the client calls by itself for an iSHARE party, which takes a register: see tests/security/ishare. */
const FOR_PARTIES = 'POST /connect/token';

/** The client as anyone has it, but that what goes through it is compared with the description. */
function connect(credentials: Credentials): Client {
  const exchange = createExchange({ timeout: 30 });
  return createClient({
    url: system.url,
    credentials,
    platform: {
      async exchange(request) {
        const reply = await exchange(request);
        note(request, reply, reply.text);
        return reply;
      },
      async stream(request) {
        const stream = await openStream(request);
        note(request, stream, '');
        return stream;
      },
    },
  });
}

function note({ method, url }: HttpRequest, { status, header }: HttpHead, text: string): void {
  const { pathname } = new URL(url);
  const operation = description.find(method, pathname);
  if (operation === undefined) {
    mistakes.push(`${method} ${pathname} is not described`);
    return;
  }
  const mistake = description.mistakeIn(operation, { status, contentType: header('content-type') ?? '', text });
  if (mistake !== null) mistakes.push(`${operation.method} ${operation.path}: ${mistake}`);
  else if (status < 400) done.add(`${operation.method} ${operation.path}`);
}

test('each operation that is described is a call of the client, and is answered as described', async () => {
  const admin = connect({ username: 'admin', password: 'only for the tests' });
  const id = freshId('node');
  await workWithNodes(admin, id);
  const { id: keyId, key } = await admin.keys.create(id, 'gateway');
  const sender = connect({ apiKey: key });
  const message = await sendInEveryWay(sender, id);
  await workWithMessages(admin, message, id);
  await workWithUsers(admin);
  await lookAround(admin, id);
  await signInAndOut(admin);
  await followChanges(admin, id);
  expect((await admin.stats.get()).workers).toHaveLength(1);
  expect(await admin.purge.run({ dryRun: true })).toMatchObject({ log: 0 });
  expect((await admin.log.list({ node: id })).items.length).toBeGreaterThan(0);
  expect((await admin.keys.list(id)).items).toMatchObject([{ id: keyId }]);
  await admin.keys.delete(id, keyId);
  await admin.nodes.delete(id);

  expect(mistakes).toEqual([]);
  const described = description.operations.map(({ method, path }) => `${method} ${path}`);
  expect([...done, FOR_PARTIES].toSorted()).toEqual(described.toSorted());
});

async function workWithNodes({ nodes }: Client, id: string): Promise<void> {
  const node = { url: receiver.url, protocol: 'webhook', policy: { retry: { delay: { fixed: 60 } } } } as const;
  await nodes.put(id, node);
  await nodes.put(id, { ...node, name: 'Replaced' });
  expect(await nodes.get(id)).toMatchObject({ name: 'Replaced' });
  expect(await nodes.patch(id, { policy: { retry: null } })).toMatchObject({ policy: {} });
  expect((await nodes.list()).items.map((one) => one.id)).toContain(id);
  await nodes.pause(id);
  await nodes.resume(id);
  expect(await nodes.rotateSecret(id)).toMatchObject({ previousUntil: null });
  expect(await nodes.ping(id)).toMatchObject({ outcome: 'success' });
}

/** Answers the id of the first message. */
async function sendInEveryWay({ intake }: Client, id: string): Promise<string> {
  const message = { type: 't', destinations: [id], payload: { a: 1 } };
  const event = { specversion: '1.0', source: 's', type: 't', destinations: id } as const;
  const accepted = await intake.send(message);
  expect(await intake.sendBatch([message, { type: freshId('nobody'), payload: 1 }])).toMatchObject([
    { deliveries: [{ node: id }] },
    { unrouted: true },
  ]);
  await intake.sendEvent({ ...event, id: freshId('e') });
  await intake.sendEvents([{ ...event, id: freshId('e') }]);
  await intake.sendFederated({
    recordedTime: 1,
    messageId: freshId('m'),
    messageType: 'event',
    message: 'e30=',
    destinations: [id],
  });
  return accepted.id;
}

async function workWithMessages({ messages, deliveries }: Client, message: string, node: string): Promise<void> {
  await system.until(message, node, ({ state }) => state === 'delivered');
  expect((await messages.list({ node })).items.map(({ id }) => id)).toContain(message);
  expect(await messages.get(message)).toMatchObject({ origin: node, deliveries: [{ state: 'delivered' }] });
  expect((await messages.attempts(message)).items).toMatchObject([{ node, number: 1, status: 200 }]);
  const { bytes, contentType } = await messages.payload(message);
  expect([new TextDecoder().decode(bytes), contentType]).toEqual(['{"a":1}', 'application/json']);
  const [delivery] = (await deliveries.list({ message })).items;
  const ids = [delivery?.id ?? ''];
  expect(await deliveries.replay({ ids, includeDelivered: true, dryRun: true })).toBe(1);
  expect(await deliveries.cancel({ ids, dryRun: true })).toBe(0);
}

async function lookAround({ overview, audit, deliveries }: Client, node: string): Promise<void> {
  expect((await overview.series({ node })).points.length).toBeGreaterThan(0);
  expect((await overview.nodes()).items.map(({ id }) => id)).toContain(node);
  expect(await overview.node(node)).toMatchObject({ id: node, health: 'healthy' });
  expect(await overview.frozen()).toMatchObject({ total: 0, groups: [] });
  expect(await overview.attention()).toEqual([]);
  expect(await overview.fleet()).toHaveLength(1);
  const { items } = await audit.list();
  expect(items.length).toBeGreaterThan(0);
  expect(await audit.verify()).toMatchObject({ brokenAt: null });
  const [delivery] = (await deliveries.list({ node, state: 'delivered' })).items;
  expect((await audit.evidence(delivery?.id ?? '')).evidence.split('.')).toHaveLength(3);
  expect((await audit.evidenceKeys()).keys.length).toBeGreaterThan(0);
  expect((await audit.reseal()).nodes).toBeGreaterThanOrEqual(0);
}

async function workWithUsers({ users }: Client): Promise<void> {
  const { id } = await users.create({ username: freshId('user'), password: 'long enough to pass', role: 'viewer' });
  expect(await users.patch(id, { role: 'operator' })).toMatchObject({ role: 'operator' });
  expect(await users.get(id)).toMatchObject({ role: 'operator' });
  expect((await users.list()).items.map((user) => user.id)).toContain(id);
  await users.delete(id);
}

async function signInAndOut({ session }: Client): Promise<void> {
  const admin = { username: 'admin', role: 'admin' };
  expect(await session.signIn('admin', 'only for the tests')).toEqual(admin);
  expect(await session.get()).toEqual(admin);
  await session.signOut();
}

/** What is changed once the stream is open is told. */
async function followChanges({ changes, nodes }: Client, id: string): Promise<void> {
  const told = changes.follow();
  expect((await told.next()).value).toMatchObject({ logged: true, counts: null });
  await nodes.pause(id);
  for await (const change of told) if (change.logged && change.counts !== null) break;
  await nodes.resume(id);
}
