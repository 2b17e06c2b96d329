import { createClient, verifyDelivery, type Client } from '#client';
import { generateWebhookSecret } from '#core';
import { startTestNode, startTestPostgres, type TestNode, type TestPostgres } from '#testkit';
import { freshId, startSystem, type TestSystem } from '../system/index.ts';

let postgres: TestPostgres;
let system: TestSystem;
let receiver: TestNode;
let admin: Client;

beforeAll(async () => {
  postgres = await startTestPostgres();
  system = await startSystem({ databaseUrl: postgres.url, queueUrl: 'database' });
  receiver = await startTestNode();
  admin = createClient({ url: system.url, credentials: { username: 'admin', password: 'only for the tests' } });
});

afterAll(async () => {
  await receiver.close();
  await system.stop();
  await postgres.stop();
});

beforeEach(() => {
  receiver.answer({});
  receiver.clear();
});

async function register(more: object = {}) {
  const id = freshId('node');
  await admin.nodes.put(id, { url: receiver.url, protocol: 'webhook', ...more });
  const { key } = await admin.keys.create(id, 'test');
  return { id, sender: createClient({ url: system.url, credentials: { apiKey: key } }) };
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

const received = async (from = 0) => {
  const [request] = (await receiver.waitFor(from + 1)).slice(from);
  if (request === undefined) throw new Error('expected a request');
  return request;
};

test('a node is made, changed, read, paused, pinged and deleted', async () => {
  const { id } = await register({ did: `did:web:${freshId('d')}.example`, policy: { timeout: 5 } });
  expect(await admin.nodes.patch(id, { name: 'Renamed', policy: { timeout: null, batch: 7 } })).toMatchObject({
    id,
    name: 'Renamed',
    policy: { batch: 7 },
    auth: { type: 'none' },
  });
  await admin.nodes.pause(id);
  expect(await admin.nodes.get(id)).toMatchObject({ paused: true });
  await admin.nodes.resume(id);
  expect(await admin.nodes.get(id)).toMatchObject({ paused: false });
  expect(await admin.nodes.ping(id)).toMatchObject({ outcome: 'success', status: 200 });
  await admin.nodes.delete(id);
  await expect(admin.nodes.get(id)).rejects.toMatchObject({ status: 404 });
});

test('what is delivered verifies with the secret, and with both while a rotation overlaps', async () => {
  const secret = generateWebhookSecret();
  const { id, sender } = await register({ secret });
  await sender.intake.send({ type: 't', destinations: [id], payload: { a: 1 } });
  const { headers, body } = await received();
  const { secret: next } = await admin.nodes.rotateSecret(id, { overlap: 3_600 });
  await sender.intake.send({ type: 't', destinations: [id], payload: { a: 2 } });
  const later = await received(1);

  expect(await verifyDelivery({ headers, body, secrets: [secret] })).toMatchObject({ ok: true });
  expect(await verifyDelivery({ headers, body, secrets: [next] })).toMatchObject({ ok: false, reason: 'no-match' });
  expect(await verifyDelivery({ ...later, secrets: [secret] })).toMatchObject({ ok: true });
  expect(await verifyDelivery({ ...later, secrets: [next] })).toMatchObject({ ok: true });
});

test('each way to hand in a message is accepted, and tells who gets it', async () => {
  const { id, sender } = await register();
  const accepted = { id: expect.any(String) as string, deliveries: [{ node: id, state: 'pending' }] };
  const message = { type: 't', destinations: [id], payload: 1 };
  const event = { specversion: '1.0', source: 's', type: 't', destinations: id } as const;
  const federated = { recordedTime: 1, messageType: 'event', message: 'e30=', destinations: [id] } as const;

  expect(await sender.intake.send(message)).toEqual(accepted);
  expect(await sender.intake.sendBatch([message, message])).toEqual([accepted, accepted]);
  expect(await sender.intake.sendFederated({ ...federated, messageId: freshId('m') })).toEqual(accepted);
  expect(await sender.intake.sendEvent({ ...event, id: freshId('e') })).toEqual(accepted);
  expect(await sender.intake.sendEvents([{ ...event, id: freshId('e') }])).toEqual([accepted]);
  expect(await admin.intake.send({ ...message, origin: id })).toEqual(accepted);
  expect(await sender.intake.send({ type: freshId('nobody'), payload: 1 })).toMatchObject({
    deliveries: [],
    unrouted: true,
  });
  await receiver.waitFor(7);
});

test('a message sent again with its id is the same message', async () => {
  const { id, sender } = await register();
  const message = { id: freshId('mine'), type: 't', destinations: [id], payload: 1 };
  const first = await sender.intake.send(message);
  expect(await sender.intake.send(message)).toMatchObject({ id: first.id });
  await expect(sender.intake.send({ ...message, payload: 2 })).rejects.toMatchObject({
    status: 409,
    code: 'id-conflict',
  });
});

test('what is wrong with a message is told entry by entry', async () => {
  const { sender } = await register();
  await expect(sender.intake.send({ type: 't', destinations: ['nobody'], payload: 1 })).rejects.toMatchObject({
    status: 422,
    code: 'unknown-node',
    errors: [{ path: 'destinations', message: 'no node has the id or DID "nobody"' }],
  });
});

test('lists are read page by page, each message with its deliveries and attempts', async () => {
  const { id, sender } = await register();
  const message = { type: 't', destinations: [id], payload: 1 };
  const sent = await sender.intake.sendBatch([message, message, message]);
  const last = sent.at(-1)?.id ?? '';
  await system.until(last, id, ({ state }) => state === 'delivered');

  const ids = (await collect(sender.messages.all({ limit: 2 }))).map((found) => found.id);
  expect(ids).toEqual(sent.map((accepted) => accepted.id).toReversed());
  expect(await sender.messages.get(last)).toMatchObject({
    origin: id,
    size: 1,
    deliveries: [{ node: id, attempts: 1 }],
  });
  expect(await collect(admin.messages.allAttempts(last))).toMatchObject([
    { node: id, number: 1, status: 200, outcome: 'success' },
  ]);
  expect(await collect(admin.deliveries.all({ node: id, limit: 1 }))).toHaveLength(3);
  expect(await admin.deliveries.list({ message: last })).toMatchObject({ items: [{ message: last }], next: null });
  expect((await admin.log.list({ node: id })).items.map(({ action }) => action)).toContain('key.created');
});

test('deliveries are cancelled and replayed, by id and by filter', async () => {
  const { id, sender } = await register({ paused: true });
  const { id: message } = await sender.intake.send({ type: 't', destinations: [id], payload: 1 });
  expect(await admin.deliveries.cancel({ filter: { node: id }, dryRun: true })).toBe(1);
  const [delivery] = (await admin.deliveries.list({ message })).items;
  expect(await admin.deliveries.cancel({ ids: [delivery?.id ?? ''] })).toBe(1);
  expect(await admin.deliveries.replay({ filter: { node: id }, includeDelivered: true })).toBe(0);
});

test('keys and users come and go, the fleet is counted, and a purge is counted', async () => {
  const { id, sender } = await register();
  const [key] = (await admin.keys.list(id)).items;
  await admin.keys.delete(id, key?.id ?? '');
  expect(await collect(admin.keys.all(id))).toEqual([]);
  await expect(sender.messages.list()).rejects.toMatchObject({ status: 401 });

  const user = { username: freshId('viewer'), password: 'long enough to pass', role: 'viewer' } as const;
  const { id: userId } = await admin.users.create(user);
  expect(await admin.users.patch(userId, { role: 'operator' })).toMatchObject({ role: 'operator' });
  const operator = createClient({ url: system.url, credentials: user });
  await expect(operator.users.list()).rejects.toMatchObject({ status: 403 });
  expect((await operator.stats.get()).workers).toHaveLength(1);
  expect(await operator.purge.run({ dryRun: true })).toEqual({ delivered: 0, frozen: 0, log: 0 });
  await admin.users.delete(userId);
  await expect(admin.users.get(userId)).rejects.toMatchObject({ status: 404 });
});
