import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  createAuditStore,
  createDeliveryStore,
  createDueStore,
  createEvidenceStore,
  createFleetStore,
  createIntakeStore,
  createLaneStore,
  createLogStore,
  createMessageStore,
  createOverviewStore,
  createPurgeStore,
  createStatsStore,
  createTallyWriter,
  type Database,
} from '#persistence';
import { newTestMessage, openTestStore, recordingReport, startTestPostgres, type TestPostgres } from '#testkit';
import { explainingPool, type Plan } from './explaining-pool.ts';
import { seed } from './seed.ts';

/** Enough that the planner sees a table too large to read. `npm run plans` shows the plans on a million. */
const DELIVERIES = Number(process.env['PLANS_DELIVERIES'] ?? 100_000);

const shown: { name: string; plans: readonly Plan[] }[] = [];
let server: TestPostgres;
let database: Database;

beforeAll(async () => {
  server = await startTestPostgres({ settings: { shared_buffers: '256MB', jit: 'off' } });
  database = await openTestStore(server);
  await seed(database, DELIVERIES);
}, 600_000);

afterAll(async () => {
  await writeReport();
  await database.close();
  await server.stop();
});

/** Runs what a store does, and answers how each of its statements was planned. */
async function plansOf(name: string, work: (pool: Database['pool']) => Promise<unknown>): Promise<readonly Plan[]> {
  const { pool, plans } = explainingPool(database.pool);
  await work(pool);
  shown.push({ name, plans });
  expect(plans.length).toBeGreaterThan(0);
  return plans;
}

function expectNoScan(plans: readonly Plan[], tables = 'message|delivery|attempt|log_record|audit_record|tally'): void {
  const scans = plans.flatMap(({ lines }) => lines.filter((line) => new RegExp(`Seq Scan on (${tables})`).test(line)));
  expect(scans).toEqual([]);
}

/** Pages of 8 kB that a statement touched. */
function pagesOf(plans: readonly Plan[]): number {
  return Math.max(
    ...plans.map(({ lines }) => {
      const [, hit = '0', , read = '0'] =
        /Buffers: shared (?:hit=(\d+))?( read=(\d+))?/.exec(lines.find((line) => line.includes('Buffers:')) ?? '') ??
        [];
      return Number(hit) + Number(read);
    }),
  );
}

function lanes(pool: Database['pool']) {
  return createLaneStore({
    pool,
    worker: 'plans',
    openNode: ({ tls: _tls, ...row }) => ({ ...row, auth: { type: 'none' }, secrets: [] }),
    report: recordingReport(),
    now: () => 0,
    signal: new AbortController().signal,
  });
}

test('intake: a message and its deliveries', async () => {
  expectNoScan(
    await plansOf('store a message', (pool) =>
      createIntakeStore({ pool }).store(newTestMessage({ nodes: ['node-1'] })),
    ),
  );
  const repeat = newTestMessage({ senderId: 'sender-7', origin: 'node-7' });
  expectNoScan(await plansOf('store a repeated message', (pool) => createIntakeStore({ pool }).store(repeat)));
});

test('a lane: take, read, record, release', async () => {
  const plans = await plansOf('a lane run', async (pool) => {
    const store = lanes(pool);
    const lane = await store.take('node-backlog', randomUUID());
    if (lane.kind === 'held') throw new Error('held');
    const due = await store.readDue({ id: 'node-backlog', ordering: 'none' }, 100);
    expect(due).toHaveLength(100);
    await Promise.all(
      due.map((delivery) =>
        store.record({ lease: lane.lease, delivery, decision: { state: 'delivered' }, attempt: null }),
      ),
    );
    await store.release(lane.lease, { suspect: false });
  });
  expectNoScan(plans);
  expect(pagesOf(plans.slice(0, 2))).toBeLessThan(2_000);
});

test('a fifo lane reads its head and not its past', async () => {
  const plans = await plansOf('read a fifo lane', (pool) =>
    lanes(pool).readDue({ id: 'node-10', ordering: 'fifo' }, 100),
  );
  expectNoScan(plans);
  expect(pagesOf(plans)).toBeLessThan(1_000);
});

test('the sweep skips from node to node', async () => {
  const plans = await plansOf('sweep', (pool) => createDueStore({ pool }).dueNodes());
  expectNoScan(plans);
  // 201 nodes, some pages each; reading the backlog alone would be more.
  expect(pagesOf(plans)).toBeLessThan(5_000);
  expectNoScan(await plansOf('look again', (pool) => createDueStore({ pool }).haveDue(['node-1', 'node-backlog'])));
});

test('the purge finds what is old by its age', async () => {
  const ages = { delivered: DELIVERIES / 2 - 60, frozen: DELIVERIES / 2 - 60, log: DELIVERIES / 2 - 60 };
  expectNoScan(await plansOf('purge, counting only', (pool) => createPurgeStore({ pool }).count(ages)));
});

test.each([
  ['all messages', {}],
  ['messages of a type', { type: 'type.3' }],
  ['messages from a node', { origin: 'node-3' }],
  ['messages to a node', { node: 'node-3' }],
  ['messages with a frozen delivery', { state: 'frozen' }],
  ['messages frozen at a node', { node: 'node-3', state: 'frozen' }],
  [
    'messages of an hour long ago',
    { since: new Date(Date.now() - 40_000_000), until: new Date(Date.now() - 36_400_000) },
  ],
] as const)('list: %s', async (name, filter) => {
  const list = (pool: Database['pool']) => createMessageStore({ pool }).list(filter, { limit: 50, after: null });
  expectNoScan(await plansOf(name, list));
});

test.each([
  ['all deliveries', {}],
  ['pending deliveries', { state: 'pending' }],
  ['frozen deliveries', { state: 'frozen' }],
  ['cancelled deliveries', { state: 'cancelled' }],
  ['delivered ones', { state: 'delivered' }],
  ['deliveries to a node', { node: 'node-3' }],
  ['pending deliveries to a node', { node: 'node-backlog', state: 'pending' }],
  [
    'deliveries of an hour long ago',
    { since: new Date(Date.now() - 40_000_000), until: new Date(Date.now() - 36_400_000) },
  ],
] as const)('list: %s', async (name, filter) => {
  const list = (pool: Database['pool']) => createDeliveryStore({ pool }).list(filter, { limit: 50, after: null });
  expectNoScan(await plansOf(name, list));
});

test('one message with its deliveries, and its attempts', async () => {
  const { items } = await createMessageStore(database).list({}, { limit: 1, after: null });
  const id = items[0]?.id ?? '';
  expectNoScan(await plansOf('a message', (pool) => createMessageStore({ pool }).get(id)));
  expectNoScan(
    await plansOf('its attempts', (pool) => createMessageStore({ pool }).listAttempts(id, { limit: 50, after: null })),
  );
});

test('a payload, and the evidence of a delivery', async () => {
  const { items } = await createMessageStore(database).list({ state: 'delivered' }, { limit: 1, after: null });
  const [message] = items;
  expectNoScan(
    await plansOf('a payload, and whose it is', async (pool) => {
      await createMessageStore({ pool }).getPayload(message?.id ?? '');
      await createMessageStore({ pool }).originOf(message?.id ?? '');
    }),
  );
  const delivery = message?.deliveries.find(({ state }) => state === 'delivered')?.id ?? '';
  expectNoScan(await plansOf('evidence', (pool) => createEvidenceStore({ pool }).factsOf(delivery)));
});

test('the audit trail: its end, and what an older page goes on behind', async () => {
  const ids: number[] = [];
  const plans = await plansOf('the audit trail', async (pool) => {
    const { items, next } = await createAuditStore({ pool }).list({ limit: 50, after: null });
    const older = await createAuditStore({ pool }).list({ limit: 50, after: next });
    ids.push(...[...items, ...older.items].map(({ id }) => Number(id)));
  });
  // As numbers: 10 comes after 9.
  expect(ids).toEqual(Array.from({ length: 100 }, (_, i) => (ids[0] ?? 0) - i));
  expectNoScan(plans);
  expect(pagesOf(plans)).toBeLessThan(100);
});

test('a page further on costs what the first one does', async () => {
  const plans = await plansOf('the second page of messages and of the log', async (pool) => {
    const messages = createMessageStore({ pool });
    await messages.list({}, { limit: 50, after: (await messages.list({}, { limit: 50, after: null })).next });
    const log = createLogStore({ ...database, pool });
    await log.list({}, { limit: 50, after: (await log.list({}, { limit: 50, after: null })).next });
  });
  expectNoScan(plans);
});

test('who works is a row a worker', async () => {
  expectNoScan(await plansOf('the fleet', (pool) => createFleetStore({ pool }).list()));
});

test('counting what a cancellation would take', async () => {
  const selection = { filter: { node: 'node-backlog', state: 'pending' } } as const;
  const cancel = (pool: Database['pool']) =>
    createDeliveryStore({ pool }).cancel(selection, { actor: 'user:admin', dryRun: true });
  expectNoScan(await plansOf('cancel, counting only', cancel));
});

test('counting what a replay would take, the figures, the log', async () => {
  const options = { actor: 'user:admin', dryRun: true, includeDelivered: false };
  const selection = { filter: { state: 'frozen', node: 'node-3' } } as const;
  expectNoScan(
    await plansOf('replay, counting only', (pool) => createDeliveryStore({ pool }).replay(selection, options)),
  );
  expectNoScan(
    await plansOf('the log', (pool) => createLogStore({ ...database, pool }).list({}, { limit: 50, after: null })),
  );
  const plans = await plansOf('the figures', (pool) =>
    createStatsStore({ database: { pool }, now: () => performance.now() }).read(),
  );
  // Delivered ones are counted up to a limit, however the planner gets at them.
  expectNoScan(plans.filter(({ statement }) => !statement.includes('reltuples')));
});

test.each([
  ['of a kind', { action: 'purge.finished' }],
  ['of a node', { node: 'node-7' }],
  ['of a message', { message: '018f0000-0000-7000-8000-000000000000' }],
] as const)('the log: records %s, which are few', async (name, filter) => {
  const plans = await plansOf(`the log ${name}`, (pool) =>
    createLogStore({ ...database, pool }).list(filter, { limit: 50, after: null }),
  );
  expectNoScan(plans);
  expect(pagesOf(plans)).toBeLessThan(100);
});

test.each([
  ['the last hour', null, 3_600],
  ['the last day', null, 86_400],
  ['the last month', null, 2_592_000],
  ['the last day of a node', 'node-3', 86_400],
] as const)('a chart: %s', async (name, node, period) => {
  const plans = await plansOf(`chart: ${name}`, (pool) => overviewOf(pool).series(node, period));
  expectNoScan(plans);
  // A day of one node is 1,440 minutes of three kinds: what others did then must not be read.
  expect(pagesOf(plans)).toBeLessThan(6_000);
});

test('how nodes stand, and the hours of their day', async () => {
  const plans = await plansOf('nodes, and how they stand', async (pool) => {
    const { items } = await overviewOf(pool).listNodes({ limit: 50, after: null });
    expect(items).toHaveLength(50);
    await overviewOf(pool).days(items.map(({ id }) => id));
    await overviewOf(pool).findNode('node-backlog');
    expect((await overviewOf(pool).troubled()).length).toBeGreaterThan(0);
  });
  expectNoScan(plans);
  expect(pagesOf(plans)).toBeLessThan(10_000);
});

test('what is frozen by node and reason, and what of it a reason selects', async () => {
  expectNoScan(await plansOf('frozen, by node and reason', (pool) => overviewOf(pool).frozen()));
  const filter = { state: 'frozen', node: 'node-3', error: 'it answered 501' } as const;
  expectNoScan(
    await plansOf('frozen at a node for a reason', (pool) =>
      createDeliveryStore({ pool }).list(filter, { limit: 100, after: null }),
    ),
  );
});

test('whether anything changed takes two looks', async () => {
  const plans = await plansOf('whether anything changed', (pool) => overviewOf(pool).stamp());
  expectNoScan(plans);
  expect(pagesOf(plans)).toBeLessThan(100);
});

test('adding to tallies looks at what it adds to', async () => {
  const { pool, plans } = explainingPool(database.pool);
  // Writers take a client of their own; what they ask of it is explained all the same.
  const writing = Object.assign(Object.create(pool) as Database['pool'], {
    connect: () => Promise.resolve({ query: quietly(pool), release: () => undefined }),
  });
  const writer = createTallyWriter({ pool: writing, report: recordingReport(), now: () => 0, every: 86_400 });
  for (let i = 1; i <= 200; i += 1) {
    writer.attempted({ nodeId: `node-${i}`, outcome: 'success', duration: 9, status: 200, error: null, frozen: false });
  }
  await writer.stop();
  shown.push({ name: 'tallies of 200 nodes', plans });
  expect(plans).toHaveLength(2);
  // Standings are one small row a node: read from end to end if it likes.
  expectNoScan(plans);
});

/** Passes over what begins and ends a transaction, which has no plan. */
function quietly(pool: Database['pool']) {
  return (text: string, values?: unknown[]) =>
    /^(BEGIN|COMMIT)$/.test(text) ? Promise.resolve() : pool.query(text, values);
}

function overviewOf(pool: Database['pool']) {
  return createOverviewStore({ database: { pool }, now: () => performance.now() });
}

async function writeReport(): Promise<void> {
  const file = process.env['PLANS_FILE'];
  if (file === undefined) return;
  const sections = shown.map(({ name, plans }) => {
    const blocks = plans.map(({ lines }) => `\`\`\`\n${lines.join('\n')}\n\`\`\``);
    return `## ${name}\n\n${blocks.join('\n\n')}\n`;
  });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(
    file,
    `# Plans on ${DELIVERIES.toLocaleString('en')} deliveries\n\nMade by \`npm run plans\`.\n\n${sections.join('\n')}`,
  );
}
