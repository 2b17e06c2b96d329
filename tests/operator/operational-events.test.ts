import { startTestNode, startTestPostgres, type TestNode, type TestPostgres } from '#testkit';
import { freshId, startSystem, type TestSystem } from '../system/index.ts';

let postgres: TestPostgres;
let system: TestSystem;
let failing: TestNode;
let watching: TestNode;

beforeAll(async () => {
  postgres = await startTestPostgres();
  system = await startSystem(
    { databaseUrl: postgres.url, queueUrl: 'database' },
    { config: { delivery: { timeout: 0.2, concurrency: 1, retry: { max: 1 } } } },
  );
  failing = await startTestNode();
  watching = await startTestNode();
});

afterAll(async () => {
  await Promise.all([failing.close(), watching.close()]);
  await system.stop();
  await postgres.stop();
});

beforeEach(async () => {
  for (const node of [failing, watching]) {
    node.answer({});
    node.clear();
  }
  await system.query('DELETE FROM node');
});

const webhook = (node: TestNode, more: object = {}) => ({ url: node.url, protocol: 'webhook', ...more });

async function sendTo(id: string, key: string): Promise<string> {
  return (await system.send(key, { type: 't', destinations: [id], payload: 1 })).id;
}

const told = () =>
  watching.requests.map(({ headers, body }) => ({
    type: headers['ce-type'],
    source: headers['ce-source'],
    facts: JSON.parse(String(body)) as Record<string, unknown>,
  }));

const storedEvents = () =>
  system.query(`SELECT type FROM message WHERE origin = 'urn:distribution-orchestrator' ORDER BY created_at`);

test('a frozen delivery is told once about a node, to who subscribed to it', async () => {
  const id = freshId('failing');
  failing.answer({ status: 500 });
  const key = await system.register(id, webhook(failing));
  await system.register(freshId('watching'), webhook(watching, { subscriptions: ['orchestrator.delivery.*'] }));
  const first = await sendTo(id, key);
  await watching.waitFor(1);
  const second = await sendTo(id, key);
  await system.until(second, id, ({ state }) => state === 'frozen');
  expect(told()).toMatchObject([
    {
      type: 'orchestrator.delivery.frozen',
      source: 'urn:distribution-orchestrator',
      facts: { event: 'delivery.frozen', node: id, message: first, status: 500 },
    },
  ]);
});

test('who subscribed to everything meant the messages of senders, and gets no event', async () => {
  const id = freshId('failing');
  failing.answer({ status: 500 });
  const key = await system.register(id, webhook(failing));
  await system.register(freshId('everything'), webhook(watching, { subscriptions: ['>', '*.delivery.frozen'] }));
  const before = (await storedEvents()).length;
  const message = await sendTo(id, key);
  await system.until(message, id, ({ state }) => state === 'frozen');
  expect(await storedEvents()).toHaveLength(before);
  expect(watching.requests).toEqual([]);
});

test('a node that times out and answers again is told of, and not to itself', async () => {
  const id = freshId('hanging');
  failing.answer({ fault: 'hang' });
  const key = await system.register(
    id,
    webhook(failing, { subscriptions: ['orchestrator.>'], policy: { retry: { max: 0 } } }),
  );
  await system.register(freshId('watching'), webhook(watching, { subscriptions: ['orchestrator.node.*'] }));
  const message = await sendTo(id, key);
  await watching.waitFor(1);
  failing.answer({});
  await system.until(message, id, ({ state }) => state === 'delivered');
  await watching.waitFor(2);
  expect(told()).toMatchObject([
    { type: 'orchestrator.node.suspect', facts: { node: id } },
    { type: 'orchestrator.node.recovered', facts: { node: id } },
  ]);
  // Of others it may well be told.
  const events = failing.requests.filter(({ headers }) => String(headers['ce-type']).startsWith('orchestrator.'));
  expect(events.filter(({ body }) => body.toString().includes(id))).toEqual([]);
});

test('that an event could not be delivered is no event', async () => {
  const id = freshId('failing');
  const watcher = freshId('watching');
  failing.answer({ status: 500 });
  watching.answer({ status: 500 });
  const key = await system.register(id, webhook(failing));
  await system.register(watcher, webhook(watching, { subscriptions: ['orchestrator.>'] }));
  await system.register(freshId('other'), webhook(watching, { subscriptions: ['orchestrator.delivery.frozen'] }));
  const before = (await storedEvents()).length;
  await sendTo(id, key);
  await watching.waitFor(2);
  await system.until(
    String(
      (
        await system.query(
          `SELECT id FROM message WHERE origin = 'urn:distribution-orchestrator' ORDER BY created_at DESC LIMIT 1`,
        )
      )[0]?.['id'],
    ),
    watcher,
    ({ state }) => state === 'frozen',
  );
  expect(await storedEvents()).toHaveLength(before + 1);
});
