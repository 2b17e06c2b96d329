import { request, Agent } from 'node:http';
import { startCountingNode } from './counting-node.ts';
import { startTestNode, type TestNode } from './test-node.ts';

const agent = new Agent({ keepAlive: true });
afterAll(() => agent.destroy());

function post(url: string, body: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', agent, headers: { 'X-Raw': 'Value' } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

describe('a test node', () => {
  let node: TestNode;
  beforeEach(async () => {
    node = await startTestNode();
  });
  afterEach(() => node.close());

  test('answers 200 and records what it got', async () => {
    expect(await post(`${node.url}/a?b=c`, 'body')).toEqual({ status: 200, body: '' });
    const [received] = node.requests;
    expect(received).toMatchObject({ method: 'POST', path: '/a?b=c', connection: 1, overlap: 0 });
    expect(received?.body.toString()).toBe('body');
    expect(received?.headers['x-raw']).toBe('Value');
    expect(received?.rawHeaders.slice(0, 2)).toEqual(['X-Raw', 'Value']);
  });

  test('goes through a list of answers and stays with the last', async () => {
    node.answer([{ status: 500, body: 'no' }, { status: 201 }]);
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await post(node.url, '')).status);
    expect(statuses).toEqual([500, 201, 201]);
  });

  test('asks a function for each answer', async () => {
    node.answer(({ body }, index) => ({ status: body.toString() === 'bad' ? 400 : 200, body: String(index) }));
    expect(await post(node.url, 'good')).toEqual({ status: 200, body: '0' });
    expect(await post(node.url, 'bad')).toEqual({ status: 400, body: '1' });
  });

  test('tells who waits as soon as the requests are there, and who waited too long what there was', async () => {
    const both = node.waitFor(2);
    const third = node.waitFor((requests) => requests.some(({ path }) => path === '/third'));
    for (const path of ['/first', '/second']) await post(`${node.url}${path}`, '');
    expect((await both).map(({ path }) => path)).toEqual(['/first', '/second']);
    await post(`${node.url}/third`, '');
    expect(await third).toHaveLength(3);
    await expect(node.waitFor(4, 10)).rejects.toThrow('expected 4 requests within 10 ms, got 3');
  });

  test('counts what overlaps', async () => {
    node.answer({ delay: 20 });
    await Promise.all([post(node.url, ''), post(node.url, '')]);
    expect(node.requests.map(({ overlap }) => overlap).toSorted((one, other) => one - other)).toEqual([0, 1]);
  });

  test('tells when a request was answered and with what', async () => {
    node.answer({ status: 503, delay: 20 });
    const answer = post(node.url, '');
    const [request] = await node.waitFor(1);
    expect(request).toMatchObject({ endedAt: null, answered: null });
    await answer;
    expect(request?.answered).toBe(503);
    expect(request?.endedAt).toBeGreaterThan(request?.arrivedAt ?? Infinity);
  });

  test('tells when a request ended without an answer', async () => {
    node.answer({ fault: 'reset-before-headers' });
    await expect(post(node.url, '')).rejects.toThrow();
    const [request] = await node.waitFor(1);
    expect(request?.answered).toBeNull();
    expect(request?.endedAt).not.toBeNull();
  });

  test('closes with requests unanswered', async () => {
    node.answer({ fault: 'hang' });
    const hanging = expect(post(node.url, '')).rejects.toThrow();
    await node.waitFor(1);
    await node.close();
    await hanging;
    expect(node.openConnections).toBe(0);
    node = await startTestNode();
  });
});

test('a counting node answers and counts, requests with and without a body', async () => {
  const node = await startCountingNode();
  const done = node.waitFor(3);
  for (const body of ['', 'x'.repeat(100_000), 'ü'])
    expect(await post(node.url, body)).toEqual({ status: 200, body: 'ok' });
  await done;
  expect(node.count).toBe(3);
  await node.close();
});
