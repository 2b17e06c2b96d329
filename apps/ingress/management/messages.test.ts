import { randomFillSync } from 'node:crypto';
import { createUuidV7 } from '#core';
import { recordingReport, startTestPostgres, type TestPostgres } from '#testkit';
import { messageFor, startManagement, type ManagementUnderTest } from './management-under-test.ts';

const nextId = createUuidV7({ now: Date.now, fill: randomFillSync });
const NOBODYS = '018f0000-0000-7000-8000-000000000000';

let postgres: TestPostgres;
let api: ManagementUnderTest;
beforeAll(async () => {
  postgres = await startTestPostgres();
  api = await startManagement(postgres.url, recordingReport());
});
beforeEach(async () => {
  await api.clear();
  for (const id of ['customs', 'port']) {
    await api.call('put', `/nodes/${id}`, { body: { url: `https://${id}.example`, protocol: 'webhook' } });
  }
  api.woken.splice(0);
});
afterAll(async () => {
  await api.stop();
  await postgres.stop();
});

/** Hands in a message; answers its id. */
async function send(nodes: readonly string[], choice: { origin?: string; type?: string } = {}): Promise<string> {
  const id = nextId();
  await api.intake.store(messageFor(nodes, { id, ...choice }));
  return id;
}

async function setState(state: string, where = 'true'): Promise<void> {
  await api.database.pool.query(
    `UPDATE delivery SET state = $1::delivery_state, frozen_at = CASE WHEN $1 = 'frozen' THEN now() END,
       delivered_at = CASE WHEN $1 = 'delivered' THEN now() END, attempts = 4 WHERE ${where}`,
    [state],
  );
}

const idsAt = async (path: string, as = 'viewer') =>
  (await api.call('get', path, { as })).body.items.map(({ id }) => id);

async function everyPage(path: string): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body } = await api.call('get', `${path}${cursor === '' ? '' : `&cursor=${cursor}`}`);
    items.push(...body.items.map(({ id }) => id));
    cursor = body.next;
  }
  return items;
}

describe('a message', () => {
  test('is shown with its deliveries and without its payload', async () => {
    const id = await send(['customs', 'port']);
    const delivery = {
      state: 'pending',
      attempts: 0,
      lastStatus: null,
      lastError: null,
      deliveredAt: null,
      frozenAt: null,
    };
    const shown = {
      id,
      senderId: null,
      type: 'event',
      origin: 'sender',
      contentType: 'application/json',
      size: 2,
      digest: '01'.repeat(32),
      unrouted: false,
      createdAt: expect.stringMatching(/Z$/),
      deliveries: ['customs', 'port'].map((node) => ({
        ...delivery,
        node,
        id: expect.any(String),
        dueAt: expect.any(String),
      })),
    };
    expect((await api.call('get', `/messages/${id}`)).body).toEqual(shown);
    expect((await api.call('get', '/messages')).body).toEqual({ items: [shown], next: null });
  });

  test('that nobody is subscribed to is shown as unrouted', async () => {
    const id = await send([]);
    expect((await api.call('get', `/messages/${id}`)).body).toMatchObject({ unrouted: true, deliveries: [] });
  });

  test('is known to users and to its sender, and to no other node', async () => {
    const id = await send(['customs']);
    for (const path of [`/messages/${id}`, `/messages/${id}/attempts`]) {
      expect((await api.call('get', path, { as: 'viewer' })).status).toBe(200);
      expect((await api.call('get', path, { as: 'node' })).status).toBe(200);
      expect((await api.call('get', path, { as: 'another node' })).status).toBe(404);
    }
    expect(await idsAt('/messages', 'node')).toEqual([id]);
    expect(await idsAt('/messages', 'another node')).toEqual([]);
    expect(await idsAt('/messages?origin=sender', 'another node')).toEqual([]);
    expect(await idsAt('/messages?state=pending', 'another node')).toEqual([]);
    expect(await idsAt('/messages?node=customs', 'another node')).toEqual([]);
  });

  test('that is not there is 404, also where the id can be none', async () => {
    for (const id of [NOBODYS, 'x', '%00']) {
      expect((await api.call('get', `/messages/${id}`)).status).toBe(404);
      expect((await api.call('get', `/messages/${id}/attempts`)).status).toBe(404);
    }
  });
});

describe('the list of messages', () => {
  test('agrees with each of its filters', async () => {
    const first = await send(['customs'], { type: 'gate.in' });
    const second = await send(['customs', 'port'], { origin: 'other', type: 'gate.out' });
    const third = await send(['port']);
    await setState('frozen', `node_id = 'port'`);
    expect(await idsAt('/messages')).toEqual([third, second, first]);
    expect(await idsAt('/messages?type=gate.in')).toEqual([first]);
    expect(await idsAt('/messages?origin=other')).toEqual([second]);
    expect(await idsAt('/messages?node=customs')).toEqual([second, first]);
    expect(await idsAt('/messages?state=frozen')).toEqual([third, second]);
    expect(await idsAt('/messages?node=customs&state=frozen')).toEqual([]);
    expect(await idsAt('/messages?state=frozen&type=gate.out')).toEqual([second]);
    expect(await idsAt('/messages?node=port&origin=sender')).toEqual([third]);
    const now = encodeURIComponent(new Date(Date.now() - 60_000).toISOString());
    expect(await idsAt(`/messages?since=${now}`)).toEqual([third, second, first]);
    expect(await idsAt(`/messages?until=${now}`)).toEqual([]);
    expect(await idsAt(`/messages?node=port&since=${now}`)).toEqual([third, second]);
    expect(await idsAt(`/messages?state=frozen&until=${now}`)).toEqual([]);
  });

  test.each(['/messages?limit=2', '/messages?limit=2&state=pending', '/messages?limit=2&node=port'])(
    '%s comes in pages, newest first, each message once',
    async (path) => {
      const sent: string[] = [];
      for (let i = 0; i < 5; i += 1) sent.unshift(await send(['customs', 'port']));
      expect(await everyPage(path)).toEqual(sent);
    },
  );

  test('ends a page early rather than with more than 10,000 deliveries, and goes on with the next', async () => {
    const sent = [await send(['port']), await send(['port']), await send(['port'])];
    for (const id of sent.slice(0, 2)) {
      await api.database.pool.query(
        `INSERT INTO delivery (message_id, node_id) SELECT $1, 'node-' || n FROM generate_series(1, 6000) AS n`,
        [id],
      );
    }
    const { body } = await api.call('get', '/messages?limit=10');
    expect(body.items.map(({ id }) => id)).toEqual([sent[2], sent[1]]);
    expect(await everyPage('/messages?limit=10')).toEqual(sent.toReversed());
  });
});

describe('attempts', () => {
  test('of all nodes are listed newest first, in pages', async () => {
    const id = await send(['customs', 'port']);
    await api.database.pool.query(
      `INSERT INTO attempt (delivery_id, number, started_at, duration, status, outcome, error, lease, body)
       SELECT d.id, n, timestamptz '2026-01-01Z' + n * interval '1 s', 12, 500, 'http-error', 'answered 500', gen_random_uuid(), '\\x3c623eff'
       FROM delivery d, generate_series(1, 3) AS n`,
    );
    const first = await api.call('get', `/messages/${id}/attempts?limit=4`);
    const second = await api.call('get', `/messages/${id}/attempts?limit=4&cursor=${first.body.next}`);
    const all = [...first.body.items, ...second.body.items];
    expect(all.map(({ node, number }) => `${String(node)} ${String(number)}`)).toEqual([
      'port 3',
      'customs 3',
      'port 2',
      'customs 2',
      'port 1',
      'customs 1',
    ]);
    expect(second.body.next).toBeNull();
    expect(all[0]).toEqual({
      node: 'port',
      number: 3,
      startedAt: '2026-01-01T00:00:03.000Z',
      duration: 12,
      status: 500,
      outcome: 'http-error',
      error: 'answered 500',
      body: '<b>\ufffd',
    });
  });
});

describe('deliveries', () => {
  test('are listed with their message, and by each filter', async () => {
    const first = await send(['customs', 'port']);
    const second = await send(['port']);
    await setState('frozen', `node_id = 'customs'`);
    const { body } = await api.call('get', '/deliveries', { as: 'viewer' });
    expect(body.items.map(({ message, node }) => [message, node])).toEqual([
      [second, 'port'],
      [first, 'port'],
      [first, 'customs'],
    ]);
    expect(await idsAt('/deliveries?state=frozen')).toHaveLength(1);
    expect(await idsAt('/deliveries?node=port')).toHaveLength(2);
    expect(await idsAt(`/deliveries?message=${first}&node=port`)).toHaveLength(1);
    expect(await everyPage('/deliveries?limit=1')).toEqual(body.items.map(({ id }) => id));
  });

  test('are replayed: by id, by filter, delivered ones when asked for; their nodes are woken', async () => {
    await send(['customs', 'port']);
    await setState('frozen');
    const [port, customs] = await idsAt('/deliveries');
    const replay = (body: unknown) => api.call('post', '/deliveries/replay', { as: 'operator', body });
    expect((await replay({ ids: [port], dryRun: true })).body).toEqual({ count: 1 });
    expect(api.woken).toEqual([]);
    expect((await replay({ ids: [port] })).body).toEqual({ count: 1 });
    expect((await replay({ filter: { node: 'port' } })).body).toEqual({ count: 0 });
    expect(api.woken).toEqual([['port']]);
    await setState('delivered', `node_id = 'customs'`);
    expect((await replay({ ids: [customs] })).body).toEqual({ count: 0 });
    expect((await replay({ filter: { node: 'customs' }, includeDelivered: true })).body).toEqual({ count: 1 });
    expect(api.woken).toEqual([['port'], ['customs']]);
  });

  test('are cancelled, and those behind them are woken', async () => {
    await send(['customs', 'port']);
    const { status, body } = await api.call('post', '/deliveries/cancel', { body: { filter: {} } });
    expect([status, body]).toEqual([200, { count: 2 }]);
    expect(await idsAt('/deliveries?state=cancelled')).toHaveLength(2);
    expect(api.woken.flat().sort()).toEqual(['customs', 'port']);
  });

  test('that are unknown or were purged are named in a 404, and those whose node was deleted in a 409', async () => {
    await send(['customs', 'port']);
    await setState('frozen');
    const [port, customs] = await idsAt('/deliveries');
    const missing = await api.call('post', '/deliveries/replay', { body: { ids: [port, '999999'] } });
    expect(missing.status).toBe(404);
    expect(JSON.stringify(missing.body['errors'])).toContain('999999');
    await api.call('delete', '/nodes/customs');
    const orphaned = await api.call('post', '/deliveries/replay', { body: { ids: [port, customs] } });
    expect(orphaned.status).toBe(409);
    expect(await idsAt('/deliveries?state=frozen')).toHaveLength(2);
  });

  test.each([
    ['nothing', {}],
    ['both', { ids: ['1'], filter: {} }],
    ['no ids', { ids: [] }],
    ['numbers', { ids: [1] }],
    ['too large a number', { ids: ['9999999999999999999'] }],
    ['a filter with a typo', { filter: { sate: 'frozen' } }],
    ['a state that is none', { filter: { state: 'lost' } }],
    ['a moment that is none', { filter: { since: 'yesterday' } }],
  ])('are not replayed for %s', async (_what, body) => {
    expect((await api.call('post', '/deliveries/replay', { body })).status).toBe(400);
  });
});

describe('every list', () => {
  test.each(['/nodes', '/messages', '/deliveries', '/users', '/log'])(
    '%s refuses what it can not read',
    async (path) => {
      for (const query of [
        'limit=0',
        'limit=501',
        'limit=x',
        'limit=',
        'limit=1&limit=2',
        'cursor=x',
        'cursor=',
        'typo=1',
      ]) {
        expect([query, (await api.call('get', `${path}?${query}`)).status]).toEqual([query, 400]);
      }
      expect((await api.call('get', `${path}?limit=500`)).status).toBe(200);
    },
  );

  test('refuses a cursor that was changed, or that another list gave', async () => {
    for (let i = 0; i < 3; i += 1) await send(['customs']);
    const { next } = (await api.call('get', '/messages?limit=1')).body;
    if (next === null) throw new Error('expected another page');
    for (const [i, character] of [...next].entries()) {
      const changed = next.slice(0, i) + (character === 'A' ? 'B' : 'A') + next.slice(i + 1);
      expect((await api.call('get', `/messages?cursor=${changed}`)).status).toBe(400);
    }
    for (const path of ['/deliveries?', '/nodes?', '/messages?state=pending&']) {
      expect((await api.call('get', `${path}cursor=${next}`)).status).toBe(400);
    }
  });
});
