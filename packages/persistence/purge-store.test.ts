import type { DeliveryState, PurgeAges } from '#core';
import { newTestMessage, openTestStore, startTestPostgres, storeTestMessages, type TestPostgres } from '#testkit';
import type { Database } from './database.ts';
import { createIntakeStore } from './intake-store.ts';
import { createPurgeStore } from './purge-store.ts';

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

const HOUR = 3_600;
const ages: PurgeAges = { delivered: HOUR, frozen: HOUR, log: HOUR };

const timeOf = {
  delivered: 'delivered_at',
  frozen: 'frozen_at',
  cancelled: 'cancelled_at',
  pending: 'due_at',
} as const;

/** Gives each of a message's deliveries a state and an age in hours. */
async function age(messageId: string, states: Record<string, [DeliveryState, number]>): Promise<void> {
  for (const [node, [state, hours]] of Object.entries(states)) {
    await database.pool.query(
      `UPDATE delivery SET state = $1, ${timeOf[state]} = now() - make_interval(hours => $2)
       WHERE message_id = $3 AND node_id = $4`,
      [state, hours, messageId, node],
    );
  }
}

async function messageWith(states: Record<string, [DeliveryState, number]>): Promise<string> {
  const [message] = await storeTestMessages(database, 1, Object.keys(states));
  if (message === undefined) throw new Error('not stored');
  await age(message.id, states);
  return message.id;
}

async function left(): Promise<string[]> {
  return (await database.prisma.message.findMany({ select: { id: true } })).map(({ id }) => id).toSorted();
}

test('a message goes when each of its deliveries is final and old enough for its kind', async () => {
  await messageWith({ a: ['delivered', 2], b: ['cancelled', 2] });
  await messageWith({ a: ['delivered', 2], b: ['frozen', 2] });
  const kept = [
    await messageWith({ a: ['delivered', 0] }),
    await messageWith({ a: ['delivered', 2], b: ['delivered', 0] }),
    await messageWith({ a: ['delivered', 2], b: ['pending', 2] }),
    await messageWith({ a: ['frozen', 0], b: ['delivered', 2] }),
  ];
  await expect(createPurgeStore(database).count(ages)).resolves.toEqual({ delivered: 1, frozen: 1, log: 0 });
  await expect(createPurgeStore(database).purge(ages)).resolves.toEqual({ delivered: 1, frozen: 1, log: 0 });
  await expect(left()).resolves.toEqual(kept.toSorted());
  await expect(database.prisma.delivery.count()).resolves.toBe(7);
});

test('each age purges its kind alone, and 0 keeps it', async () => {
  const delivered = await messageWith({ a: ['delivered', 2] });
  const frozen = await messageWith({ a: ['frozen', 2] });
  await database.prisma.logRecord.create({ data: { actor: 'a', action: 'b', at: new Date(0) } });
  const { purge } = createPurgeStore(database);
  await expect(purge({ delivered: 0, frozen: 0, log: 0 })).resolves.toEqual({ delivered: 0, frozen: 0, log: 0 });
  await expect(purge({ delivered: 0, frozen: 0, log: HOUR })).resolves.toEqual({ delivered: 0, frozen: 0, log: 1 });
  await expect(left()).resolves.toEqual([delivered, frozen].toSorted());
  await expect(purge({ delivered: 0, frozen: HOUR, log: 0 })).resolves.toEqual({ delivered: 0, frozen: 1, log: 0 });
  await expect(left()).resolves.toEqual([delivered]);
  await expect(purge({ delivered: HOUR, frozen: 0, log: 0 })).resolves.toEqual({ delivered: 1, frozen: 0, log: 0 });
  await expect(left()).resolves.toEqual([]);
});

test('with frozen ones kept, a message with a frozen delivery stays', async () => {
  const kept = await messageWith({ a: ['delivered', 2], b: ['frozen', 2] });
  await createPurgeStore(database).purge({ ...ages, frozen: 0 });
  await expect(left()).resolves.toEqual([kept]);
});

test('an unrouted message goes by its own age', async () => {
  const { store } = createIntakeStore(database);
  const [old, young] = [newTestMessage(), newTestMessage()];
  await store(old);
  await store(young);
  await database.pool.query(`UPDATE message SET created_at = now() - interval '2 hours' WHERE id = $1`, [old.id]);
  await expect(createPurgeStore(database).count(ages)).resolves.toMatchObject({ delivered: 1 });
  await expect(createPurgeStore(database).purge(ages)).resolves.toMatchObject({ delivered: 1 });
  await expect(left()).resolves.toEqual([young.id]);
});

test('attempts go with their deliveries, and only those', async () => {
  await messageWith({ a: ['delivered', 2] });
  await messageWith({ a: ['delivered', 0] });
  await database.pool.query(
    `INSERT INTO attempt (delivery_id, number, started_at, duration, outcome, lease)
     SELECT id, 1, now(), 5, 'success', gen_random_uuid() FROM delivery`,
  );
  await createPurgeStore(database).purge(ages);
  const { rows } = await database.pool.query(
    'SELECT count(*)::int AS attempts, count(d.id)::int AS deliveries FROM attempt a LEFT JOIN delivery d ON d.id = a.delivery_id',
  );
  expect(rows).toEqual([{ attempts: 1, deliveries: 1 }]);
});

test('more than one statement takes goes, past what must stay', async () => {
  await storeTestMessages(database, 2_500, ['a']);
  await database.pool.query(`UPDATE delivery SET state = 'delivered', delivered_at = now() - interval '2 hours'`);
  // The oldest 1,200 have another delivery that is still pending.
  await database.pool.query(
    `INSERT INTO delivery (message_id, node_id) SELECT message_id, 'b' FROM delivery ORDER BY delivered_at, id LIMIT 1200`,
  );
  await expect(createPurgeStore(database).count(ages)).resolves.toMatchObject({ delivered: 1_300 });
  await expect(createPurgeStore(database).purge(ages)).resolves.toMatchObject({ delivered: 1_300 });
  await expect(left()).resolves.toHaveLength(1_200);
});

test('ten purges at once remove everything once', async () => {
  await storeTestMessages(database, 500, ['a']);
  await database.pool.query(`UPDATE delivery SET state = 'delivered', delivered_at = now() - interval '2 hours'`);
  const store = createPurgeStore(database);
  const counts = await Promise.all(Array.from({ length: 7 }, () => store.purge(ages)));
  expect(counts.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(500);
});

test('what someone else works on is left for the next purge, and nobody waits', async () => {
  const held = await messageWith({ a: ['delivered', 2] });
  await messageWith({ a: ['delivered', 2] });
  const client = await database.pool.connect();
  await client.query('BEGIN');
  await client.query('SELECT 1 FROM delivery WHERE message_id = $1 FOR UPDATE', [held]);
  await expect(createPurgeStore(database).purge(ages)).resolves.toMatchObject({ delivered: 1 });
  await client.query(`UPDATE delivery SET state = 'pending', delivered_at = NULL WHERE message_id = $1`, [held]);
  await client.query('COMMIT');
  client.release();
  await expect(createPurgeStore(database).purge(ages)).resolves.toMatchObject({ delivered: 0 });
  await expect(left()).resolves.toEqual([held]);
});
