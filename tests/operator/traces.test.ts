import { startTestNode, startTestPostgres, type TestNode, type TestPostgres } from '#testkit';
import { freshId, startSystem, type TestSystem } from '../system/index.ts';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

let postgres: TestPostgres;
let system: TestSystem;
let receiver: TestNode;

beforeAll(async () => {
  postgres = await startTestPostgres();
  system = await startSystem({ databaseUrl: postgres.url, queueUrl: 'database' });
  receiver = await startTestNode();
});

afterAll(async () => {
  await receiver.close();
  await system.stop();
  await postgres.stop();
});

beforeEach(() => receiver.clear());

async function sendTo(protocol: 'webhook' | 'federated', headers: Record<string, string>, more: object = {}) {
  const id = freshId('node');
  const key = await system.register(id, { url: receiver.url, protocol });
  const body = { id: freshId('m'), type: 't', destinations: [id], payload: 1, ...more };
  const call = (more: Record<string, string>) =>
    system.call('POST', '/api/v1/messages', { key, headers: { ...headers, ...more }, body });
  const answer = await call({});
  const [request] = await receiver.waitFor(1);
  return { answer, call, headers: request?.headers ?? {} };
}

test.each(['webhook', 'federated'] as const)('the trace that a sender is in goes on to a %s node', async (protocol) => {
  const { headers } = await sendTo(protocol, { traceparent: TRACE });
  expect(headers['traceparent']).toBe(TRACE);
  expect(headers['ce-traceparent']).toBe(protocol === 'webhook' ? TRACE : undefined);
});

test('without one, or with one that means nothing, no node hears of a trace', async () => {
  expect((await sendTo('webhook', {})).headers).not.toHaveProperty('traceparent');
  receiver.clear();
  const { headers } = await sendTo('webhook', { traceparent: 'nonsense' });
  expect(headers).not.toHaveProperty('traceparent');
  expect(headers).not.toHaveProperty('ce-traceparent');
});

test('a message sent again from another trace is the same message', async () => {
  const { answer, call } = await sendTo('webhook', { traceparent: TRACE });
  const again = await call({ traceparent: TRACE.replace('b7ad', 'b7ae') });
  expect(again).toMatchObject({ status: 202, body: { id: (answer.body as { id: string }).id } });
});
