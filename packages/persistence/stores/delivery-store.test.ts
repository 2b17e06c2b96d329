import type { DeliveryState } from '#core';
import { startTestPostgres, type TestPostgres } from '#testkit';
import { createPurgeStore } from '../purge-store.ts';
import type { Selection } from './delivery-store.ts';
import { ACTOR, firstPage, openStores, type StoresUnderTest } from './stores-under-test.ts';

const unknown = '999999999999';
let postgres: TestPostgres;
let stores: StoresUnderTest;
beforeAll(async () => {
  postgres = await startTestPostgres();
  stores = await openStores(postgres.url);
});
beforeEach(async () => {
  await stores.clear();
  for (const id of ['customs', 'port']) {
    await stores.nodes.put(id, { url: `https://${id}.example`, protocol: 'webhook' }, ACTOR);
  }
});
afterAll(async () => {
  await stores.close();
  await postgres.stop();
});

const replay = (selection: Selection, { dryRun = false, includeDelivered = false } = {}) =>
  stores.deliveries.replay(selection, { actor: ACTOR, dryRun, includeDelivered });
const cancel = (selection: Selection, { dryRun = false } = {}) =>
  stores.deliveries.cancel(selection, { actor: ACTOR, dryRun });

/** Many deliveries of one state to one node, in one statement. */
async function seedMany(count: number, node: string, state: DeliveryState): Promise<void> {
  await stores.database.pool.query(
    `INSERT INTO delivery (message_id, node_id, state, attempts, frozen_at)
     SELECT gen_random_uuid(), $2, $3::delivery_state, 4, CASE WHEN $3 = 'frozen' THEN now() END FROM generate_series(1, $1::int)`,
    [count, node, state],
  );
}

async function countOf(state: DeliveryState): Promise<number> {
  const { rows } = await stores.database.pool.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM delivery WHERE state = $1',
    [state],
  );
  return rows[0]?.n ?? 0;
}

describe('replay', () => {
  test('makes a frozen delivery pending and due with a fresh budget, and its attempts go on to be numbered', async () => {
    const { deliveries } = await stores.seed({ to: { customs: 'frozen' } });
    expect(await replay({ ids: [deliveries['customs'] ?? ''] })).toEqual({ count: 1, nodes: ['customs'] });
    expect(await stores.row(deliveries['customs'])).toMatchObject({
      state: 'pending',
      attempts: 4,
      budget_start: 4,
      frozen_at: null,
      due_at: expect.any(Date),
    });
  });

  test('is told in the log with the node and the message, once for each thing done', async () => {
    const { id, deliveries } = await stores.seed({ to: { customs: 'frozen' } });
    await replay({ ids: [deliveries['customs'] ?? ''] });
    await replay({ ids: [deliveries['customs'] ?? ''] });
    const { items } = await stores.log.list({ message: id }, firstPage);
    expect(items).toMatchObject([
      { actor: ACTOR, action: 'deliveries.replayed', node: 'customs', detail: { count: 1 } },
    ]);
  });

  test('takes delivered ones only when asked to, and cancelled and pending ones never', async () => {
    const { deliveries } = await stores.seed({ to: { customs: 'delivered' } });
    const other = await stores.seed({ to: { customs: 'cancelled', port: 'pending' } });
    const ids = [...Object.values(deliveries), ...Object.values(other.deliveries)];
    expect(await replay({ ids })).toEqual({ count: 0, nodes: [] });
    expect(await replay({ ids }, { includeDelivered: true })).toEqual({ count: 1, nodes: ['customs'] });
    expect(await stores.row(deliveries['customs'])).toMatchObject({ state: 'pending', delivered_at: null });
    expect(await stores.row(other.deliveries['customs'])).toMatchObject({ state: 'cancelled' });
    expect(await stores.row(other.deliveries['port'])).toMatchObject({ budget_start: 0 });
  });

  test('pressed 50 times at once gives one new budget', async () => {
    await seedMany(500, 'customs', 'frozen');
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => replay({ filter: { node: 'customs' } })));
    expect(outcomes.reduce((sum, outcome) => sum + ('count' in outcome ? outcome.count : NaN), 0)).toBe(500);
    const { rows } = await stores.database.pool.query('SELECT DISTINCT state, attempts, budget_start FROM delivery');
    expect(rows).toEqual([{ state: 'pending', attempts: 4, budget_start: 4 }]);
    expect(await stores.actions()).toContain('deliveries.replayed');
  });

  test('side by side with others whose filters overlap, each delivery is revived, none is passed over', async () => {
    await seedMany(6_000, 'customs', 'frozen');
    await seedMany(6_000, 'port', 'frozen');
    const outcomes = await Promise.all([
      replay({ filter: {} }),
      replay({ filter: { node: 'port' } }),
      replay({ filter: { state: 'frozen' } }),
      replay({ filter: { node: 'customs' } }),
    ]);
    expect(outcomes.reduce((sum, outcome) => sum + ('count' in outcome ? outcome.count : NaN), 0)).toBe(12_000);
    expect(await countOf('frozen')).toBe(0);
  });

  test('by a filter goes through more than one chunk, and leaves what does not match', async () => {
    await seedMany(12_001, 'customs', 'frozen');
    await seedMany(3, 'port', 'frozen');
    expect(await replay({ filter: { node: 'customs' } }, { dryRun: true })).toEqual({ count: 12_001, nodes: [] });
    expect(await countOf('frozen')).toBe(12_004);
    expect(await replay({ filter: { node: 'customs' } })).toEqual({ count: 12_001, nodes: ['customs'] });
    expect(await countOf('frozen')).toBe(3);
  });

  test('of an id that a purge removed changes nothing and names it', async () => {
    const { deliveries } = await stores.seed({ to: { customs: 'frozen' } });
    const ids = [deliveries['customs'] ?? '', unknown];
    expect(await replay({ ids }, { dryRun: true })).toEqual({ missing: [unknown] });
    expect(await replay({ ids })).toEqual({ missing: [unknown] });
    expect(await stores.row(deliveries['customs'])).toMatchObject({ state: 'frozen' });
  });

  test('of a delivery whose node was deleted changes nothing and names it; a filter passes it over', async () => {
    const { deliveries } = await stores.seed({ to: { customs: 'frozen', gone: 'frozen' } });
    const ids = Object.values(deliveries);
    expect(await replay({ ids }, { dryRun: true })).toEqual({ orphaned: [deliveries['gone']] });
    expect(await replay({ ids })).toEqual({ orphaned: [deliveries['gone']] });
    expect(await countOf('frozen')).toBe(2);
    expect(await replay({ filter: {} }, { dryRun: true })).toEqual({ count: 1, nodes: [] });
    expect(await replay({ filter: {} })).toEqual({ count: 1, nodes: ['customs'] });
    expect(await stores.row(deliveries['gone'])).toMatchObject({ state: 'frozen' });
  });

  test('side by side with a purge revives a delivery or finds it gone, and never half of either', async () => {
    await stores.database.pool.query(
      `INSERT INTO message (id, origin, source, type, content_type, payload, size, digest, fingerprint)
       SELECT gen_random_uuid(), 's', 's', 't', 'text/plain', '', 0, '', '' FROM generate_series(1, 3000)`,
    );
    await stores.database.pool.query(
      `INSERT INTO delivery (message_id, node_id, state, attempts, frozen_at)
       SELECT id, 'customs', 'frozen', 4, now() - interval '2 h' FROM message`,
    );
    const purge = createPurgeStore(stores.database).purge({ delivered: 0, frozen: 3600, log: 0 });
    const [replayed, purged] = await Promise.all([replay({ filter: { state: 'frozen' } }), purge]);
    const { rows } = await stores.database.pool.query(
      `SELECT count(*)::int AS deliveries, count(m.id)::int AS messages, count(*) FILTER (WHERE state = 'pending')::int AS pending
       FROM delivery d FULL JOIN message m ON m.id = d.message_id`,
    );
    const kept = 3000 - purged.frozen;
    expect(rows).toEqual([{ deliveries: kept, messages: kept, pending: kept }]);
    expect(replayed).toMatchObject({ count: kept });
  });

  test('side by side with the deletion of a node leaves nothing pending for it', async () => {
    await seedMany(3_000, 'customs', 'frozen');
    await Promise.all([replay({ filter: { node: 'customs' } }), stores.nodes.remove('customs', ACTOR)]);
    expect(await countOf('pending')).toBe(0);
    expect((await countOf('cancelled')) + (await countOf('frozen'))).toBe(3_000);
  });

  test('an id given twice counts once', async () => {
    const { deliveries } = await stores.seed({ to: { customs: 'frozen' } });
    const id = deliveries['customs'] ?? '';
    expect(await replay({ ids: [id, id] }, { dryRun: true })).toEqual({ count: 1, nodes: [] });
    expect(await replay({ ids: [id, id] })).toEqual({ count: 1, nodes: ['customs'] });
  });

  test('a filter for a state that can not be replayed matches nothing', async () => {
    await seedMany(2, 'customs', 'pending');
    expect(await replay({ filter: { state: 'pending' } })).toEqual({ count: 0, nodes: [] });
    expect(await replay({ filter: { state: 'pending' } }, { dryRun: true })).toEqual({ count: 0, nodes: [] });
  });
});

describe('cancel', () => {
  test('takes pending and frozen ones, and no others', async () => {
    const { deliveries, id } = await stores.seed({ to: { customs: 'pending', port: 'delivered' } });
    const other = await stores.seed({ to: { customs: 'frozen' } });
    const ids = [...Object.values(deliveries), ...Object.values(other.deliveries)];
    expect(await cancel({ ids }, { dryRun: true })).toEqual({ count: 2, nodes: [] });
    expect(await cancel({ ids })).toEqual({ count: 2, nodes: ['customs'] });
    expect(await stores.row(deliveries['customs'])).toMatchObject({ state: 'cancelled', due_at: null });
    expect(await stores.row(other.deliveries['customs'])).toMatchObject({ state: 'cancelled', frozen_at: null });
    expect(await stores.row(deliveries['port'])).toMatchObject({ state: 'delivered' });
    expect(await cancel({ filter: { message: id } })).toEqual({ count: 0, nodes: [] });
  });

  test('works for a node that was deleted', async () => {
    const { deliveries } = await stores.seed({ to: { gone: 'frozen' } });
    expect(await cancel({ ids: Object.values(deliveries) })).toEqual({ count: 1, nodes: ['gone'] });
  });

  test('of an unknown id changes nothing and names it', async () => {
    const { deliveries } = await stores.seed({ to: { customs: 'pending' } });
    expect(await cancel({ ids: [...Object.values(deliveries), unknown] })).toEqual({ missing: [unknown] });
    expect(await countOf('pending')).toBe(1);
  });
});

describe('the list', () => {
  test('has the newest first, in pages, each delivery once', async () => {
    const seeded: string[] = [];
    for (let i = 0; i < 5; i += 1) {
      const { deliveries } = await stores.seed({ to: { customs: i % 2 === 0 ? 'pending' : 'frozen' } });
      seeded.unshift(...Object.values(deliveries));
    }
    for (const filter of [{}, { node: 'customs' }]) {
      const first = await stores.deliveries.list(filter, { limit: 3, after: null });
      const second = await stores.deliveries.list(filter, { limit: 3, after: first.next });
      expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(seeded);
      expect(second.next).toBeNull();
    }
  });

  test('agrees with every combination of filters', async () => {
    const old = new Date(Date.now() - 86_400_000);
    const now = new Date();
    const noon = new Date(Date.now() - 43_200_000);
    const states: DeliveryState[] = ['pending', 'delivered', 'frozen', 'cancelled'];
    const all: { id: string; node: string; state: DeliveryState; message: string; at: Date }[] = [];
    for (const at of [old, now]) {
      for (const state of states) {
        const { id: message, deliveries } = await stores.seed({ to: { customs: state, port: 'delivered' }, at });
        all.push({ id: deliveries['customs'] ?? '', node: 'customs', state, message, at });
        all.push({ id: deliveries['port'] ?? '', node: 'port', state: 'delivered', message, at });
      }
    }
    for (const state of [undefined, ...states]) {
      for (const node of [undefined, 'customs', 'port', 'nobody']) {
        for (const message of [undefined, all[0]?.message]) {
          for (const [since, until] of [[], [noon], [undefined, noon], [old, now]]) {
            const expected = all
              .filter((one) => state === undefined || one.state === state)
              .filter((one) => node === undefined || one.node === node)
              .filter((one) => message === undefined || one.message === message)
              .filter((one) => since === undefined || one.at >= since)
              .filter((one) => until === undefined || one.at < until)
              .map(({ id }) => id)
              .sort((a, b) => Number(b) - Number(a));
            const { items } = await stores.deliveries.list({ state, node, message, since, until }, firstPage);
            expect(items.map(({ id }) => id)).toEqual(expected);
          }
        }
      }
    }
  });

  test('shows a delivery as the contract says', async () => {
    const { id, deliveries } = await stores.seed({ to: { customs: 'frozen' } });
    const { items } = await stores.deliveries.list({}, firstPage);
    expect(items).toEqual([
      {
        id: deliveries['customs'],
        message: id,
        node: 'customs',
        state: 'frozen',
        attempts: 4,
        dueAt: expect.any(Date),
        lastStatus: null,
        lastError: null,
        deliveredAt: null,
        frozenAt: expect.any(Date),
      },
    ]);
  });
});
