import type { NewMessage } from '#core';
import { newTestMessage, openTestStore, startTestPostgres, type TestPostgres } from '#testkit';
import type { Database } from './database.ts';
import { createIntakeStore } from './intake-store.ts';

let server: TestPostgres;
let database: Database;

beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  database = await openTestStore(server);
});
afterEach(() => database.close());

const named = (senderId: string, change: Partial<NewMessage> = {}) =>
  newTestMessage({ senderId, nodes: ['customs'], ...change });

test('a stored message is there whole, with a pending delivery for each node that is due now', async () => {
  const message = newTestMessage({
    payload: Buffer.from([0, 255, 10, 13]),
    recordedTime: '1735689600.123456789',
    eventType: 'arrival',
    attributes: { subject: 'MSKU9070323' },
    nodes: ['customs', 'carrier'],
  });
  await expect(createIntakeStore(database).store(message)).resolves.toEqual({ kind: 'stored', unrouted: false });
  const { nodes, fingerprint, ...columns } = message;
  const [row] = await database.prisma.message.findMany();
  expect(row).toMatchObject({
    ...columns,
    payload: new Uint8Array([0, 255, 10, 13]),
    digest: new Uint8Array(message.digest),
    size: 4,
  });
  expect(Buffer.from(row?.fingerprint ?? [])).toEqual(fingerprint);
  const deliveries = await database.prisma.delivery.findMany({ orderBy: { id: 'asc' } });
  expect(deliveries.map(({ nodeId }) => nodeId)).toEqual(nodes);
  for (const delivery of deliveries)
    expect(delivery).toMatchObject({ state: 'pending', attempts: 0, dueAt: expect.any(Date) });
});

test('messages that arrive together share statements, and each keeps its own payload', async () => {
  const messages = Array.from({ length: 300 }, (_, i) =>
    newTestMessage({ payload: Buffer.from(`payload ${i}`), nodes: ['customs'] }),
  );
  const { store } = createIntakeStore(database);
  const outcomes = await Promise.all(messages.map((message) => store(message)));
  expect(outcomes.every(({ kind }) => kind === 'stored')).toBe(true);
  const rows = await database.prisma.message.findMany({ select: { id: true, payload: true, digest: true } });
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const { id, payload, digest } of messages) {
    expect(Buffer.from(byId.get(id)?.payload ?? [])).toEqual(payload);
    expect(Buffer.from(byId.get(id)?.digest ?? [])).toEqual(digest);
  }
  const deliveries = await database.prisma.delivery.findMany({ orderBy: { id: 'asc' } });
  expect(deliveries.map(({ messageId }) => messageId)).toEqual(messages.map(({ id }) => id));
});

test('a repeat is answered with the first message, and a different one of that id is a conflict', async () => {
  const { store } = createIntakeStore(database);
  const first = named('a');
  await store(first);
  await expect(store(named('a'))).resolves.toEqual({
    kind: 'repeated',
    id: first.id,
    unrouted: false,
    deliveries: [{ node: 'customs', state: 'pending' }],
  });
  await expect(store(named('a', { fingerprint: Buffer.alloc(32, 9) }))).resolves.toEqual({ kind: 'conflict' });
  await expect(store(named('a', { origin: 'carrier' }))).resolves.toMatchObject({ kind: 'stored' });
  await expect(database.prisma.delivery.count()).resolves.toBe(2);
});

test('of fifty repeats at once, over two stores, one is stored', async () => {
  const stores = [createIntakeStore(database), createIntakeStore(database)];
  const outcomes = await Promise.all(
    Array.from({ length: 25 }, () => stores.map((store) => store.store(named('a')))).flat(),
  );
  expect(outcomes.filter((outcome) => outcome.kind === 'stored')).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome.kind === 'repeated')).toHaveLength(49);
  await expect(database.prisma.message.count()).resolves.toBe(1);
});

test('two stores with the same ids in opposite order do not lock each other out', async () => {
  const ids = Array.from({ length: 100 }, (_, i) => `id-${i}`);
  const [one, other] = [createIntakeStore(database), createIntakeStore(database)];
  await Promise.all([
    ...ids.map((id) => one.store(named(id))),
    ...ids.toReversed().map((id) => other.store(named(id))),
    one.storeAll(ids.map((id) => named(id))),
    other.storeAll(ids.toReversed().map((id) => named(id))),
  ]);
  await expect(database.prisma.message.count()).resolves.toBe(100);
});

test('a batch with a conflict stores nothing', async () => {
  const { store, storeAll } = createIntakeStore(database);
  await store(named('a'));
  const outcomes = await storeAll([named('b'), named('a', { fingerprint: Buffer.alloc(32, 9) }), named('c')]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['stored', 'conflict', 'stored']);
  await expect(database.prisma.message.count()).resolves.toBe(1);
});

test('messages of a batch may repeat each other', async () => {
  const first = named('a');
  const outcomes = await createIntakeStore(database).storeAll([first, named('a'), named('b')]);
  expect(outcomes).toMatchObject([{ kind: 'stored' }, { kind: 'repeated', id: first.id }, { kind: 'stored' }]);
  await expect(database.prisma.message.count()).resolves.toBe(2);
});

test('a message that the database refuses fails alone', async () => {
  const { store } = createIntakeStore(database);
  const outcomes = await Promise.allSettled(
    [named('a'), named('b', { type: 'nul \0' }), named('c')].map((one) => store(one)),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('a message without nodes is kept as unrouted', async () => {
  await expect(createIntakeStore(database).store(newTestMessage())).resolves.toEqual({
    kind: 'stored',
    unrouted: true,
  });
  await expect(database.prisma.message.findFirst()).resolves.toMatchObject({ unrouted: true });
});

test('while the database is away a store is refused, and a batch too', async () => {
  const { store, storeAll } = createIntakeStore(database);
  await store(named('a'));
  await server.halt('fast');
  await expect(store(named('b'))).rejects.toThrow();
  await expect(storeAll([named('c')])).rejects.toThrow();
  await server.restart('fast');
  await expect(store(named('d'))).resolves.toMatchObject({ kind: 'stored' });
});

test('batches that wait for the database hold up neither single messages nor the pool', async () => {
  const { store, storeAll } = createIntakeStore(database);
  await store(named('known'));
  const blocker = await database.pool.connect();
  await blocker.query('BEGIN');
  const conflicting = { fingerprint: Buffer.alloc(32, 9) };
  // Whether the id is known is not to be said before this ends.
  await blocker.query(`DELETE FROM message WHERE sender_id = 'known'`);
  const waiting = Array.from({ length: 20 }, (_, i) => storeAll([named('known', conflicting), named(`batch-${i}`)]));
  await expect(store(named('single'))).resolves.toMatchObject({ kind: 'stored' });
  await expect(database.pool.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
  await blocker.query('ROLLBACK');
  blocker.release();
  for (const outcomes of await Promise.all(waiting)) expect(outcomes[0]).toEqual({ kind: 'conflict' });
});
