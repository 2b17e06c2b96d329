import { startTestPostgres, type TestPostgres } from '#testkit';
import type { NodeInput } from './node-store.ts';
import { ACTOR, firstPage, openStores, type StoresUnderTest } from './stores-under-test.ts';

const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const newer = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;
const plain: NodeInput = { url: 'https://customs.example/inbox', protocol: 'webhook' };
const full: NodeInput = {
  ...plain,
  did: 'did:web:customs.example',
  name: 'Customs',
  auth: { type: 'api-key', header: 'x-key', value: 'canary-credential' },
  secret,
  ordering: 'fifo',
  paused: true,
  subscriptions: ['container.*', 'customs.>'],
  policy: { batch: 5, retry: { delay: { fixed: 1 }, max: 3 } },
};

let postgres: TestPostgres;
let stores: StoresUnderTest;
beforeAll(async () => {
  postgres = await startTestPostgres();
  stores = await openStores(postgres.url);
});
beforeEach(() => stores.clear());
afterAll(async () => {
  await stores.close();
  await postgres.stop();
});

test('a node that is put first is created, put again it is replaced', async () => {
  const { nodes } = stores;
  expect(await nodes.put('customs', full, ACTOR)).toMatchObject({
    created: true,
    node: { id: 'customs', name: 'Customs' },
  });
  expect(await nodes.put('customs', plain, ACTOR)).toMatchObject({ created: false });
  expect(await stores.actions()).toEqual(['node.replaced', 'node.created']);
});

test('what a replacement leaves out gets its default, but for the pause and the secret', async () => {
  const { nodes } = stores;
  await nodes.put('customs', full, ACTOR);
  await nodes.put('customs', plain, ACTOR);
  expect(await nodes.get('customs')).toEqual({
    id: 'customs',
    did: null,
    name: 'customs',
    url: plain.url,
    protocol: 'webhook',
    auth: { type: 'none' },
    ordering: 'none',
    paused: true,
    subscriptions: [],
    policy: {},
  });
  expect((await nodes.getDeliverable('customs'))?.secrets).toEqual([{ value: secret, until: null }]);
  await nodes.put('customs', { ...plain, secret: null, paused: false }, ACTOR);
  expect(await nodes.getDeliverable('customs')).toMatchObject({ secrets: [], paused: false });
});

test('a change leaves alone what it does not name, and null removes', async () => {
  const { nodes } = stores;
  await nodes.put('customs', full, ACTOR);
  await nodes.patch('customs', { name: 'Douane', policy: { retry: { max: null } } }, ACTOR);
  expect(await nodes.get('customs')).toMatchObject({
    name: 'Douane',
    did: full.did,
    paused: true,
    policy: { batch: 5, retry: { delay: { fixed: 1 } } },
  });
  expect(await nodes.getDeliverable('customs')).toMatchObject({
    auth: full.auth,
    secrets: [{ value: secret, until: null }],
  });
  await nodes.patch('customs', { did: null, auth: null, secret: null }, ACTOR);
  expect(await nodes.getDeliverable('customs')).toMatchObject({ auth: { type: 'none' }, secrets: [] });
  expect(await nodes.get('customs')).toMatchObject({ did: null });
  expect(await nodes.patch('nobody', { name: 'x' }, ACTOR)).toBeNull();
});

test('no view, log record or column shows a secret or a credential', async () => {
  const { nodes, database } = stores;
  const put = await nodes.put('customs', full, ACTOR);
  const patched = await nodes.patch(
    'customs',
    { secret: newer, auth: { type: 'bearer', token: 'canary-credential' } },
    ACTOR,
  );
  const { rows } = await database.pool.query('SELECT n::text, l::text FROM node n, log_record l');
  const shown = JSON.stringify([put, patched, await nodes.get('customs'), await nodes.list(firstPage), rows]);
  for (const canary of [
    'canary-credential',
    secret,
    newer,
    secret.slice(6),
    Buffer.from('canary-credential').toString('hex'),
  ]) {
    expect(shown).not.toContain(canary);
  }
});

test('a DID or an id that names another node already is refused, and nothing is written', async () => {
  const { nodes } = stores;
  await nodes.put('customs', full, ACTOR);
  expect(await nodes.put('other', { ...plain, did: full.did }, ACTOR)).toEqual({ taken: full.did });
  expect(await nodes.put('did:web:customs.example', plain, ACTOR)).toEqual({ taken: 'did:web:customs.example' });
  expect(await nodes.put('other', { ...plain, did: 'customs' }, ACTOR)).toEqual({ taken: 'customs' });
  expect((await nodes.list(firstPage)).items.map(({ id }) => id)).toEqual(['customs']);
  await nodes.put('other', plain, ACTOR);
  expect(await nodes.patch('other', { did: full.did }, ACTOR)).toEqual({ taken: full.did });
  expect(await nodes.get('other')).toMatchObject({ did: null });
});

test('of many who create the same node at once one creates it, and the others replace it', async () => {
  const { nodes } = stores;
  const put = (i: number) => nodes.put('customs', { ...plain, name: `name ${i}` }, ACTOR);
  const outcomes = await Promise.all(Array.from({ length: 8 }, (_, i) => put(i)));
  expect(outcomes.filter((outcome) => 'created' in outcome && outcome.created)).toHaveLength(1);
});

test('of many who take the same DID at once one gets it, and the others are refused', async () => {
  const { nodes } = stores;
  const put = (i: number) => nodes.put(`node-${i}`, { ...plain, did: 'did:web:same' }, ACTOR);
  const outcomes = await Promise.all(Array.from({ length: 8 }, (_, i) => put(i)));
  expect(outcomes.filter((outcome) => 'created' in outcome)).toHaveLength(1);
  expect(outcomes.filter((outcome) => 'taken' in outcome)).toHaveLength(7);
});

test('after a rotation both secrets sign, the older one until the overlap ends', async () => {
  const { nodes, database } = stores;
  await nodes.put('customs', full, ACTOR);
  const rotated = await nodes.rotateSecret('customs', newer, 3600, ACTOR);
  const { rows } = await database.pool.query<{ left: number }>(
    'SELECT extract(epoch FROM previous_secret_until - now())::float8 AS left FROM node',
  );
  expect(rotated?.previousUntil).toBeInstanceOf(Date);
  expect(rows[0]?.left).toBeGreaterThan(3500);
  expect((await nodes.getDeliverable('customs'))?.secrets).toEqual([
    { value: newer, until: null },
    { value: secret, until: rotated?.previousUntil },
  ]);
});

test('a rotation without an overlap, or of a node without a secret, leaves no previous one', async () => {
  const { nodes } = stores;
  await nodes.put('customs', full, ACTOR);
  await nodes.put('port', plain, ACTOR);
  expect(await nodes.rotateSecret('customs', newer, 0, ACTOR)).toEqual({ previousUntil: null });
  expect(await nodes.rotateSecret('port', newer, 3600, ACTOR)).toEqual({ previousUntil: null });
  expect((await nodes.getDeliverable('customs'))?.secrets).toEqual([{ value: newer, until: null }]);
  expect((await nodes.getDeliverable('port'))?.secrets).toEqual([{ value: newer, until: null }]);
  expect(await nodes.rotateSecret('nobody', newer, 3600, ACTOR)).toBeNull();
});

test('a secret that is set by a change takes the place of both at once', async () => {
  const { nodes } = stores;
  await nodes.put('customs', full, ACTOR);
  await nodes.rotateSecret('customs', newer, 3600, ACTOR);
  await nodes.patch('customs', { secret }, ACTOR);
  expect((await nodes.getDeliverable('customs'))?.secrets).toEqual([{ value: secret, until: null }]);
});

test('deleting a node cancels what is pending for it, logs both, and leaves everything else', async () => {
  const { nodes, keys } = stores;
  await nodes.put('customs', plain, ACTOR);
  await nodes.put('port', plain, ACTOR);
  await keys.create('customs', { name: 'key' }, ACTOR);
  const first = await stores.seed({ to: { customs: 'pending', port: 'pending' } });
  const second = await stores.seed({ to: { customs: 'frozen' } });
  expect(await nodes.remove('customs', ACTOR)).toBe(true);
  expect(await stores.row(first.deliveries['customs'])).toMatchObject({ state: 'cancelled', due_at: null });
  expect(await stores.row(first.deliveries['port'])).toMatchObject({ state: 'pending' });
  expect(await stores.row(second.deliveries['customs'])).toMatchObject({ state: 'frozen' });
  expect((await stores.actions()).slice(0, 2)).toEqual(['deliveries.cancelled', 'node.deleted']);
  expect(await keys.list('customs', firstPage)).toBeNull();
  expect(await nodes.remove('customs', ACTOR)).toBe(false);
  expect((await nodes.list(firstPage)).items.map(({ id }) => id)).toEqual(['port']);
});

test('pausing and resuming changes nothing else, and both are logged', async () => {
  const { nodes } = stores;
  await nodes.put('customs', { ...full, paused: false }, ACTOR);
  const before = await nodes.get('customs');
  expect(await nodes.setPaused('customs', true, ACTOR)).toEqual({ ...before, paused: true });
  expect(await nodes.setPaused('customs', false, ACTOR)).toEqual(before);
  expect((await stores.actions()).slice(0, 2)).toEqual(['node.resumed', 'node.paused']);
  expect(await nodes.setPaused('nobody', true, ACTOR)).toBeNull();
});

test('a list comes in pages, newest first, each node once', async () => {
  const { nodes } = stores;
  for (let i = 0; i < 5; i += 1) await nodes.put(`node-${i}`, plain, ACTOR);
  const seen: string[] = [];
  let after: readonly string[] | null = null;
  do {
    const page: Awaited<ReturnType<typeof nodes.list>> = await nodes.list({ limit: 2, after });
    seen.push(...page.items.map(({ id }) => id));
    after = page.next;
  } while (after !== null);
  expect(seen).toEqual(['node-4', 'node-3', 'node-2', 'node-1', 'node-0']);
});

test('intake gets the address of every node', async () => {
  await stores.nodes.put('customs', full, ACTOR);
  expect(await stores.nodes.loadAddresses()).toEqual([
    { id: 'customs', did: full.did, subscriptions: ['container.*', 'customs.>'] },
  ]);
});
