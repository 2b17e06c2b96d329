import { randomUUID } from 'node:crypto';
import type { AttemptResult, DueDelivery, Lease, TakenLane } from '#core';
import {
  newTestMessage,
  openTestStore,
  recordingReport,
  registerTestNode,
  startTestPostgres,
  storeTestMessages,
  type TestPostgres,
} from '#testkit';
import type { Database } from './database.ts';
import { createDueStore } from './due-store.ts';
import { createIntakeStore } from './intake-store.ts';
import { createLaneStore, type LeasingLaneStore } from './lane-store.ts';

let server: TestPostgres;
let database: Database;
let now = 0;
const stop = new AbortController();

beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

beforeEach(async () => {
  database = await openTestStore(server);
  now = 0;
  await registerTestNode(database, 'customs');
  await registerTestNode(database, 'carrier', 'fifo');
});
afterEach(() => database.close());

function openStore(worker = 'one', pool = database.pool): LeasingLaneStore {
  return createLaneStore({
    pool,
    worker,
    openNode: ({ tls: _tls, ...row }) => ({ ...row, auth: { type: 'none' }, secrets: [] }),
    report: recordingReport(),
    now: () => now,
    signal: stop.signal,
  });
}

async function take(store: LeasingLaneStore, nodeId: string, token: string = randomUUID()): Promise<TakenLane> {
  const lane = await store.take(nodeId, token);
  if (lane.kind === 'held') throw new Error(`${nodeId} is held`);
  return lane;
}

const answered = (status: number): AttemptResult => ({
  outcome: status < 300 ? 'success' : 'http-error',
  status,
  error: status < 300 ? null : `answered ${status}`,
  body: Buffer.from('seen'),
  retryAfter: null,
  duration: 5,
  endedAt: now,
});

const succeed = (store: LeasingLaneStore, lease: Lease, delivery: DueDelivery) =>
  store.record({ lease, delivery, decision: { state: 'delivered' }, attempt: answered(200) });

const fail = (store: LeasingLaneStore, lease: Lease, delivery: DueDelivery, delay = 60) =>
  store.record({ lease, delivery, decision: { state: 'pending', delay }, attempt: answered(500) });

async function only(store: LeasingLaneStore, id = 'customs'): Promise<DueDelivery> {
  const [delivery] = await store.readDue({ id, ordering: 'none' }, 10);
  if (delivery === undefined) throw new Error('nothing is due');
  return delivery;
}

test('a lane is taken by one worker at a time, and the others learn when to come back', async () => {
  const lane = await take(openStore('one'), 'customs');
  expect(lane.node?.id).toBe('customs');
  const other = await openStore('two').take('customs', randomUUID());
  expect(other).toMatchObject({ kind: 'held' });
  expect(other.kind === 'held' && other.seconds).toBeGreaterThan(15);
  await openStore('one').release(lane.lease, { suspect: false });
  await expect(openStore('two').take('customs', randomUUID())).resolves.toMatchObject({ kind: 'taken' });
});

test('of fifty that want a lane at once one gets it', async () => {
  const lanes = await Promise.all(Array.from({ length: 50 }, () => openStore().take('customs', randomUUID())));
  expect(lanes.filter(({ kind }) => kind === 'taken')).toHaveLength(1);
});

test('the same token goes on with its own lease', async () => {
  const { lease } = await take(openStore(), 'customs');
  await expect(openStore().take('customs', lease.token)).resolves.toMatchObject({ kind: 'taken' });
});

test('a lease that ran out is taken over, which counts as an unclean end', async () => {
  await take(openStore('one'), 'customs');
  await database.pool.query(`UPDATE lane SET leased_until = now() - interval '1 second'`);
  await take(openStore('two'), 'customs');
  await expect(database.prisma.lane.findUnique({ where: { nodeId: 'customs' } })).resolves.toMatchObject({
    worker: 'two',
    uncleanEnds: 1,
  });
});

test('a renewed lease covers more; a lost one covers nothing', async () => {
  const store = openStore();
  const kept = await take(store, 'customs');
  const lost = await take(store, 'carrier');
  await database.pool.query(`UPDATE lane SET token = $1 WHERE node_id = 'carrier'`, [randomUUID()]);
  now = 10_000;
  await store.renew([kept.lease, lost.lease]);
  expect(kept.lease.coveredUntil).toBe(30_000);
  expect(lost.lease.coveredUntil).toBe(0);
});

test('what is due is read oldest first, other nodes left alone', async () => {
  const messages = await storeTestMessages(database, 5, ['customs']);
  await storeTestMessages(database, 2, ['carrier']);
  const due = await openStore().readDue({ id: 'customs', ordering: 'none' }, 3);
  expect(due.map(({ message }) => message.id)).toEqual(messages.slice(0, 3).map(({ id }) => id));
  expect(due[0]).toMatchObject({
    attempts: 0,
    failures: 0,
    message: { payload: Buffer.from('{"a":1}'), type: 'container.gate-in' },
  });
});

test('large payloads end a batch early, but never before the first', async () => {
  const payload = Buffer.alloc(1_500_000, 'x');
  await createIntakeStore(database).storeAll(
    [1, 2, 3].map(() => newTestMessage({ nodes: ['customs', 'carrier'], payload })),
  );
  for (const node of [
    { id: 'customs', ordering: 'none' },
    { id: 'carrier', ordering: 'fifo' },
  ] as const) {
    await expect(openStore().readDue(node, 10)).resolves.toHaveLength(2);
  }
});

test('a fifo lane waits for its head', async () => {
  const messages = await storeTestMessages(database, 3, ['carrier']);
  const store = openStore();
  const { lease } = await take(store, 'carrier');
  const turn = () => store.readDue({ id: 'carrier', ordering: 'fifo' }, 10);
  const [head] = await turn();
  if (head === undefined) throw new Error('nothing is due');
  expect(head.message.id).toBe(messages[0]?.id);
  await fail(store, lease, head);
  await expect(turn()).resolves.toEqual([]);
  const seconds = await store.release(lease, { suspect: false });
  expect(seconds).toBeGreaterThan(50);
  await expect(createDueStore(database).dueNodes()).resolves.toEqual([]);
});

test('a success is delivered with its attempt on record', async () => {
  await storeTestMessages(database, 1, ['customs']);
  const store = openStore();
  const { lease } = await take(store, 'customs');
  await expect(succeed(store, lease, await only(store))).resolves.toEqual({
    state: 'delivered',
    attempts: 1,
    standing: true,
    recalled: false,
  });
  await expect(database.prisma.attempt.findMany()).resolves.toMatchObject([
    { number: 1, status: 200, outcome: 'success', duration: 5, error: null },
  ]);
  await expect(database.prisma.delivery.findMany()).resolves.toMatchObject([
    { state: 'delivered', attempts: 1, lastStatus: 200, lastError: null, dueAt: null },
  ]);
});

test('a failure falls due its delay after the end of the attempt, not after its recording', async () => {
  await storeTestMessages(database, 1, ['customs']);
  const store = openStore();
  const { lease } = await take(store, 'customs');
  const delivery = await only(store);
  const attempt = answered(500);
  now += 7_000;
  await store.record({ lease, delivery, decision: { state: 'pending', delay: 60 }, attempt });
  const { rows } = await database.pool.query<{ apart: number }>(
    `SELECT extract(epoch FROM d.due_at - (a.started_at + make_interval(secs => a.duration / 1000.0)))::float8 AS apart,
            d.due_at - now() BETWEEN interval '50 seconds' AND interval '53 seconds' AS early
     FROM delivery d JOIN attempt a ON a.delivery_id = d.id`,
  );
  expect(rows).toEqual([{ apart: 60, early: true }]);
});

test('a late failure is logged and changes nothing once the lease is lost', async () => {
  await storeTestMessages(database, 1, ['customs']);
  const store = openStore();
  const { lease } = await take(store, 'customs');
  const delivery = await only(store);
  await database.pool.query(`UPDATE lane SET leased_until = now() - interval '1 second'`);
  const newer = await take(store, 'customs');
  await fail(store, newer.lease, delivery, 60);
  const before = await database.prisma.delivery.findFirstOrThrow();
  await expect(fail(store, lease, delivery, 3600)).resolves.toEqual({
    state: 'pending',
    attempts: 2,
    standing: false,
    recalled: false,
  });
  expect(lease.coveredUntil).toBe(0);
  const after = await database.prisma.delivery.findFirstOrThrow();
  expect(after.dueAt).toEqual(before.dueAt);
  expect((await database.prisma.attempt.findMany()).map(({ number }) => number)).toEqual([1, 2]);
});

test('a late success counts while the delivery is pending, and never revives a final one', async () => {
  await storeTestMessages(database, 2, ['customs']);
  const store = openStore();
  const { lease } = await take(store, 'customs');
  const [first, second] = await store.readDue({ id: 'customs', ordering: 'none' }, 10);
  if (first === undefined || second === undefined) throw new Error('two should be due');
  await database.pool.query(`UPDATE lane SET token = $1`, [randomUUID()]);
  await database.pool.query(`UPDATE delivery SET state = 'cancelled', due_at = NULL WHERE id = $1`, [second.id]);
  await expect(succeed(store, lease, first)).resolves.toMatchObject({ state: 'delivered', standing: false });
  await expect(succeed(store, lease, second)).resolves.toMatchObject({ state: 'cancelled', attempts: 1 });
});

test('what was not tried is put off and counts no attempt', async () => {
  await storeTestMessages(database, 1, ['customs']);
  const store = openStore();
  const { lease } = await take(store, 'customs');
  const delivery = await only(store);
  await store.record({ lease, delivery, decision: { state: 'pending', delay: 60 }, attempt: null });
  await expect(store.release(lease, { suspect: true })).resolves.toBeGreaterThan(50);
  await expect(database.prisma.delivery.findFirst()).resolves.toMatchObject({ attempts: 0, state: 'pending' });
  await expect(database.prisma.attempt.count()).resolves.toBe(0);
  await expect(take(store, 'customs')).resolves.toMatchObject({ suspect: true });
});

test('freezing leaves a log record that says why', async () => {
  await storeTestMessages(database, 1, ['customs']);
  const store = openStore();
  const { lease } = await take(store, 'customs');
  const decision = { state: 'frozen', reason: '4 failed attempts' } as const;
  await store.record({ lease, delivery: await only(store), decision, attempt: answered(500) });
  await expect(database.prisma.logRecord.findMany()).resolves.toMatchObject([
    { action: 'delivery.frozen', nodeId: 'customs', detail: { reason: '4 failed attempts', attempts: 1 } },
  ]);
  const delivery = await database.prisma.delivery.findFirstOrThrow();
  expect(delivery).toMatchObject({ state: 'frozen', dueAt: null, lastError: 'answered 500' });
  expect(delivery.frozenAt).toBeInstanceOf(Date);
});

test('a recording whose connection breaks is made once, when the database is back', async () => {
  await storeTestMessages(database, 1, ['customs']);
  const store = openStore();
  const { lease } = await take(store, 'customs');
  const delivery = await only(store);
  const restarted = server.restart('fast');
  await expect(succeed(store, lease, delivery)).resolves.toMatchObject({ state: 'delivered', attempts: 1 });
  await restarted;
  await expect(database.prisma.attempt.count()).resolves.toBe(1);
});

test('releasing says when the next delivery falls due, and nothing when none is pending or the node is paused', async () => {
  const store = openStore();
  const idle = await take(store, 'customs');
  await expect(store.release(idle.lease, { suspect: false })).resolves.toBeNull();
  await storeTestMessages(database, 1, ['customs']);
  const busy = await take(store, 'customs');
  await expect(store.release(busy.lease, { suspect: false })).resolves.toBeLessThanOrEqual(0);
  await database.prisma.node.update({ where: { id: 'customs' }, data: { paused: true } });
  const paused = await take(store, 'customs');
  await expect(store.release(paused.lease, { suspect: false })).resolves.toBeNull();
});

test('what is pending for a deleted node is cancelled, and nothing else', async () => {
  await storeTestMessages(database, 3, ['customs', 'carrier']);
  await database.prisma.node.delete({ where: { id: 'customs' } });
  expect((await createDueStore(database).dueNodes()).map(({ nodeId }) => nodeId).toSorted()).toEqual([
    'carrier',
    'customs',
  ]);
  await expect(openStore().cancelOrphans('customs')).resolves.toBe(3);
  await expect(openStore().cancelOrphans('carrier')).resolves.toBe(0);
  const states = await database.prisma.delivery.findMany({
    select: { nodeId: true, state: true },
    distinct: ['nodeId', 'state'],
  });
  expect(states).toEqual(
    expect.arrayContaining([
      { nodeId: 'customs', state: 'cancelled' },
      { nodeId: 'carrier', state: 'pending' },
    ]),
  );
  expect(states).toHaveLength(2);
});

test('nodes with due work are found unless a lease covers them, they are paused, or nothing is due', async () => {
  for (const id of ['leased', 'paused', 'later']) await registerTestNode(database, id);
  await storeTestMessages(database, 2, ['customs', 'leased', 'paused', 'later', 'gone']);
  await database.prisma.node.update({ where: { id: 'paused' }, data: { paused: true } });
  await database.pool.query(`UPDATE delivery SET due_at = now() + interval '1 hour' WHERE node_id = 'later'`);
  await take(openStore(), 'leased');
  const due = createDueStore(database);
  expect((await due.dueNodes()).map(({ nodeId }) => nodeId).toSorted()).toEqual(['customs', 'gone']);
  await expect(due.haveDue(['customs', 'leased', 'paused', 'later', 'carrier'])).resolves.toEqual(['customs']);
});

test('two results of one delivery, one of them under a lost lease, are both recorded, and so is what shares their statement', async () => {
  await storeTestMessages(database, 2, ['customs']);
  const store = openStore();
  const lost = await take(store, 'customs');
  const [delivery, other] = await store.readDue({ id: 'customs', ordering: 'none' }, 10);
  if (delivery === undefined || other === undefined) throw new Error('two should be due');
  await database.pool.query(`UPDATE lane SET leased_until = now() - interval '1 second'`);
  const standing = await take(store, 'customs');
  await expect(
    Promise.all([
      fail(store, lost.lease, delivery),
      succeed(store, standing.lease, delivery),
      succeed(store, standing.lease, other),
    ]),
  ).resolves.toEqual([
    { state: 'pending', attempts: 1, standing: false, recalled: false },
    { state: 'delivered', attempts: 2, standing: true, recalled: false },
    { state: 'delivered', attempts: 1, standing: true, recalled: false },
  ]);
});

test('a recording that was made although its connection broke is answered as it was made, once', async () => {
  await storeTestMessages(database, 1, ['customs']);
  const { pool, breakNext } = breakableAfter('record-results', database.pool);
  const store = openStore('one', pool);
  const lost = await take(store, 'customs');
  const delivery = await only(store);
  await database.pool.query(`UPDATE lane SET leased_until = now() - interval '1 second'`);
  const standing = await take(store, 'customs');
  await only(store);
  // The late one takes the number that the other would have had.
  await fail(store, lost.lease, delivery);
  breakNext();
  await expect(fail(store, standing.lease, delivery)).resolves.toEqual({
    state: 'pending',
    attempts: 2,
    standing: true,
    recalled: false,
  });
  await expect(database.prisma.attempt.count()).resolves.toBe(2);
});

/** A pool that loses its connection after a statement was done and before its answer has come. */
function breakableAfter(name: string, pool: Database['pool']) {
  let isBroken = false;
  const query = async (statement: { name: string; text: string; values: unknown[] }) => {
    const answer: unknown = await pool.query(statement);
    if (!isBroken || statement.name !== name) return answer;
    isBroken = false;
    throw new Error('Connection terminated unexpectedly');
  };
  return {
    pool: new Proxy(pool, { get: (target, key) => (key === 'query' ? query : (Reflect.get(target, key) as unknown)) }),
    breakNext: () => (isBroken = true),
  };
}
