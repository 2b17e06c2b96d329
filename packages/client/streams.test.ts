import { startTestNode, type TestNode } from '#testkit';
import { createClient, type Change, type Client } from './index.ts';

let server: TestNode;
let client: Client;
let pauses: number[];

beforeEach(async () => {
  server = await startTestNode();
  pauses = [];
  const pause = (seconds: number, signal?: AbortSignal) => {
    pauses.push(seconds);
    signal?.throwIfAborted();
    return Promise.resolve();
  };
  client = createClient({ url: server.url, credentials: { apiKey: 'pyc_key' }, platform: { pause, random: () => 0 } });
});
afterEach(() => server.close());

const news = { overview: true, nodes: true, frozen: false, logged: false, counts: { delivered: 3 } };
const ANYTHING = { overview: true, nodes: true, frozen: true, logged: true, counts: null };

const stream = (text: string) => ({ headers: { 'content-type': 'text/event-stream' }, body: text });

async function first(many: number, changes: AsyncIterable<Change>): Promise<readonly Change[]> {
  const told: Change[] = [];
  for await (const change of changes) if (told.push(change) === many) break;
  return told;
}

test('a stream that ended is opened again, and then anything may have changed', async () => {
  server.answer(stream(`retry: 3000\n\nevent: changed\ndata: ${JSON.stringify(news)}\n\n: still here\n\n`));
  expect(await first(4, client.changes.follow())).toEqual([ANYTHING, news, ANYTHING, news]);
  expect(server.requests.map(({ path }) => path)).toEqual(['/api/v1/changes', '/api/v1/changes']);
  expect(server.requests[0]?.headers).toMatchObject({ accept: 'text/event-stream', 'x-api-key': 'pyc_key' });
  expect(pauses).toEqual([0.25]);
});

test('a stream that was refused for a moment is asked for again', async () => {
  let asked = 0;
  server.answer(() => ((asked += 1) === 1 ? { status: 503 } : stream('')));
  expect(await first(1, client.changes.follow())).toEqual([ANYTHING]);
  expect(asked).toBe(2);
});

test('an answer that is no stream is an error, with what the orchestrator says', async () => {
  const problem = { type: 'urn:problem:forbidden', title: 'Forbidden', status: 403, detail: 'not for nodes' };
  server.answer({
    status: 403,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify(problem),
  });
  await expect(first(1, client.changes.follow())).rejects.toMatchObject({ code: 'forbidden', detail: 'not for nodes' });
  server.answer({ headers: { 'content-type': 'text/html' }, body: '<html>' });
  await expect(first(1, client.changes.follow())).rejects.toMatchObject({ code: 'unexpected-answer' });
});

test('it ends with the reason by which it is given up', async () => {
  const giving = new AbortController();
  server.answer(stream(''));
  const told = client.changes.follow({ signal: giving.signal });
  await told.next();
  giving.abort(new Error('no more'));
  await expect(told.next()).rejects.toThrow('no more');
});

test('a payload comes byte for byte, with what its sender said that it is', async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  server.answer({
    headers: { 'content-type': 'application/octet-stream', 'x-payload-content-type': 'image/png' },
    body: Buffer.from(bytes),
  });
  expect(await client.messages.payload('m1')).toEqual({ bytes, contentType: 'image/png' });
  expect(server.requests[0]?.path).toBe('/api/v1/messages/m1/payload');
});
