import { randomUUID } from 'node:crypto';
import { createSealer, type AttemptResult, type DueDelivery, type Lease, type Recorded } from '#core';
import {
  openTestStore,
  recordingReport,
  registerTestNode,
  startTestPostgres,
  storeTestMessages,
  type TestPostgres,
} from '#testkit';
import type { Database } from './database.ts';
import { createLaneStore, type LeasingLaneStore } from './lane-store.ts';
import { recallLanes } from './sql/recall-lanes.ts';
import { createDeliveryStore } from './stores/delivery-store.ts';
import { createNodeStore, type NodeStore } from './stores/node-store.ts';

const ACTOR = 'test';
const answered: AttemptResult = {
  outcome: 'success',
  status: 204,
  error: null,
  body: null,
  retryAfter: null,
  duration: 5,
  endedAt: 0,
};

let server: TestPostgres;
let database: Database;
let lanes: LeasingLaneStore;
const stop = new AbortController();

beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

beforeEach(async () => {
  database = await openTestStore(server);
  lanes = createLaneStore({
    pool: database.pool,
    worker: 'one',
    openNode: ({ tls: _tls, ...row }) => ({ ...row, auth: { type: 'none' }, secrets: [] }),
    report: recordingReport(),
    now: () => 0,
    signal: stop.signal,
  });
  for (const node of ['customs', 'carrier']) await registerTestNode(database, node);
});
afterEach(() => database.close());

async function take(nodeId: string): Promise<{ lease: Lease; recalled: boolean }> {
  const lane = await lanes.take(nodeId, randomUUID());
  if (lane.kind === 'held') throw new Error(`${nodeId} is held`);
  return lane;
}

const read = (id: string) => lanes.readDue({ id, ordering: 'none' }, 10);

async function record(lease: Lease, delivery: DueDelivery | undefined): Promise<Recorded | null> {
  if (delivery === undefined) throw new Error('nothing is due');
  return lanes.record({ lease, delivery, decision: { state: 'delivered' }, attempt: answered });
}

const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const changes: Readonly<Record<string, (nodes: NodeStore) => Promise<unknown>>> = {
  paused: (nodes) => nodes.setPaused('customs', true, ACTOR),
  moved: (nodes) => nodes.patch('customs', { url: 'https://elsewhere.example' }, ACTOR),
  replaced: (nodes) => nodes.put('customs', { url: 'https://elsewhere.example', protocol: 'webhook' }, ACTOR),
  'given a new secret': (nodes) => nodes.rotateSecret('customs', secret, 0, ACTOR),
  deleted: (nodes) => nodes.remove('customs', ACTOR),
};

for (const [change, make] of Object.entries(changes)) {
  test(`a lane whose node is ${change} is recalled by its next recording, and no other lane is`, async () => {
    await storeTestMessages(database, 1, ['customs', 'carrier']);
    const changed = await take('customs');
    const other = await take('carrier');
    const [due, otherDue] = [await read('customs'), await read('carrier')];
    await make(createNodeStore({ database, sealer: createSealer(['s'.repeat(32)]), now: () => new Date() }));
    expect(await record(changed.lease, due[0])).toMatchObject({ standing: true, recalled: true });
    expect(await record(other.lease, otherDue[0])).toMatchObject({ standing: true, recalled: false });
  });
}

test('a lane of which deliveries are cancelled is recalled by its next recording', async () => {
  await storeTestMessages(database, 2, ['customs']);
  const { lease } = await take('customs');
  const [first, second] = await read('customs');
  const ids = second === undefined ? [] : [second.id];
  await createDeliveryStore(database).cancel({ ids }, { actor: ACTOR, dryRun: false });
  expect(await record(lease, first)).toMatchObject({ state: 'delivered', recalled: true });
});

test('deliveries that are made pending again recall nothing', async () => {
  await storeTestMessages(database, 2, ['customs']);
  const { lease } = await take('customs');
  const [first, second] = await read('customs');
  await record(lease, first);
  const ids = first === undefined ? [] : [first.id];
  await createDeliveryStore(database).replay({ ids }, { actor: ACTOR, dryRun: false, includeDelivered: true });
  expect(await record(lease, second)).toMatchObject({ recalled: false });
});

test('who takes a recalled lane is told so, until it is given back', async () => {
  await database.pool.query(recallLanes('VALUES ($1::text)'), ['customs']);
  const { lease, recalled } = await take('customs');
  expect(recalled).toBe(true);
  await lanes.release(lease, { suspect: false });
  expect((await take('customs')).recalled).toBe(false);
});
