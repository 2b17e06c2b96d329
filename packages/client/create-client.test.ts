import { startTestNode, type ReceivedRequest, type TestNode } from '#testkit';
import { ApiError, createClient, UnreachableError, type ClientOptions } from './index.ts';

let server: TestNode;
let pauses: number[];
let now: number;

beforeEach(async () => {
  server = await startTestNode();
  pauses = [];
  now = Date.parse('2026-03-02T12:00:00Z');
});

afterEach(() => server.close());

const json = (body: unknown, status = 200) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const problem = (status: number, code: string, more: object = {}, headers: Record<string, string> = {}) => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: JSON.stringify({ type: `urn:problem:${code}`, title: 'Title', status, detail: 'the detail', ...more }),
});

const token = (name: string, seconds = 3_600) =>
  json({ access_token: name, token_type: 'Bearer', expires_in: seconds });

function connect(options: Partial<ClientOptions> = {}) {
  return createClient({
    url: server.url,
    credentials: { apiKey: 'pyc_key' },
    ...options,
    platform: {
      now: () => now,
      random: () => 0,
      pause: (seconds) => {
        pauses.push(seconds);
        return Promise.resolve();
      },
      ...options.platform,
    },
  });
}

const lines = (requests: readonly ReceivedRequest[]) => requests.map(({ method, path }) => `${method} ${path}`);

describe('a call', () => {
  test('carries its method, its path, its query and a node key', async () => {
    server.answer(json({ items: [], next: null }));
    await connect().deliveries.list({ state: 'frozen', node: 'customs', since: new Date(0), limit: 5 });
    expect(lines(server.requests)).toEqual([
      'GET /api/v1/deliveries?state=frozen&node=customs&since=1970-01-01T00%3A00%3A00.000Z&limit=5',
    ]);
    expect(server.requests[0]?.headers).toMatchObject({ 'x-api-key': 'pyc_key', accept: 'application/json' });
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  test('goes below the path of the address, whatever slash it ends with', async () => {
    server.answer(json({}));
    await connect({ url: `${server.url}/orchestrator/` }).stats.get();
    expect(lines(server.requests)).toEqual(['GET /orchestrator/api/v1/stats']);
  });

  test('sends its body as JSON', async () => {
    server.answer(json({}));
    const node = { url: 'https://node.example', protocol: 'webhook', subscriptions: ['a.>'] } as const;
    await connect().nodes.put('näme/1', node);
    const [request] = server.requests;
    expect(lines(server.requests)).toEqual(['PUT /api/v1/nodes/n%C3%A4me%2F1']);
    expect(request?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(String(request?.body))).toEqual(node);
  });

  test.each(['', '.', '..'])('is not made with the id %j, which would make it one to another resource', (id) => {
    expect(() => connect().keys.delete('node', id)).toThrow(TypeError);
    expect(server.requests).toHaveLength(0);
  });

  test('that is answered without a document resolves', async () => {
    server.answer({ status: 204 });
    await expect(connect().nodes.delete('customs')).resolves.toBeUndefined();
  });

  test('does not follow a redirect', async () => {
    server.answer({ status: 307, headers: { location: '/elsewhere' } });
    await expect(connect().stats.get()).rejects.toMatchObject({ status: 307, code: 'unexpected-answer' });
    expect(server.requests).toHaveLength(1);
  });

  test('to an address that is none is refused at once', () => {
    expect(() => connect({ url: 'localhost:8080' })).toThrow('expected the orchestrator');
  });
});

describe('an error', () => {
  test('carries the problem document', async () => {
    const errors = [{ path: 'destinations[0]', message: 'no node has the id or DID "x"' }];
    server.answer(problem(422, 'unknown-node', { errors }));
    const failed = connect().intake.send({ type: 't', destinations: ['x'], payload: 1 });
    await expect(failed).rejects.toThrow(ApiError);
    await expect(failed).rejects.toMatchObject({ status: 422, code: 'unknown-node', detail: 'the detail', errors });
  });

  test.each([
    ['a web page', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }, 'got text/html'],
    ['JSON of another kind', json({ error: 'x' }, 404), 'got application/json'],
    ['nothing', { status: 500 }, 'got nothing'],
  ])('says that %s was answered by something else', async (_, answer, detail) => {
    server.answer(answer);
    await expect(connect().stats.get()).rejects.toMatchObject({
      code: 'unexpected-answer',
      status: answer.status,
      detail: expect.stringContaining(detail) as string,
    });
  });

  test('without an answer says why', async () => {
    await server.close();
    const failed = connect({ repeats: 0 }).stats.get();
    await expect(failed).rejects.toThrow(UnreachableError);
    await expect(failed).rejects.toMatchObject({
      code: 'ECONNREFUSED',
      message: `${server.url} does not answer (ECONNREFUSED)`,
    });
    server = await startTestNode();
  });

  test('says when the time for an answer was used up', async () => {
    server.answer({ fault: 'hang' });
    await expect(connect({ repeats: 0, timeout: 0.05 }).stats.get()).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  });
});

describe('a repeat', () => {
  test.each([429, 502, 503, 504])('of a read follows %i, with growing pauses', async (status) => {
    server.answer([problem(status, 'busy'), problem(status, 'busy'), problem(status, 'busy'), json({ ok: 1 })]);
    await expect(connect().stats.get()).resolves.toEqual({ ok: 1 });
    expect(pauses).toEqual([0.25, 0.5, 1]);
  });

  test('waits for as long as Retry-After says, in seconds or as a date', async () => {
    server.answer([
      problem(503, 'busy', {}, { 'retry-after': '7' }),
      problem(503, 'busy', {}, { 'retry-after': 'Mon, 02 Mar 2026 12:00:09 GMT' }),
      json({}),
    ]);
    await connect().stats.get();
    expect(pauses).toEqual([7, 9]);
  });

  test('is not made when Retry-After asks for more patience than there is', async () => {
    server.answer(problem(429, 'busy', {}, { 'retry-after': '900' }));
    await expect(connect().stats.get()).rejects.toMatchObject({ status: 429, retryAfter: 900 });
    expect(server.requests).toHaveLength(1);
  });

  test('ends after as many as were asked for, with the last error', async () => {
    server.answer(problem(503, 'busy'));
    await expect(connect({ repeats: 2 }).stats.get()).rejects.toMatchObject({ status: 503 });
    expect(server.requests).toHaveLength(3);
  });

  test('follows a lost connection', async () => {
    server.answer([{ fault: 'reset-before-headers' }, json({ ok: 1 })]);
    await expect(connect().stats.get()).resolves.toEqual({ ok: 1 });
  });

  test('is made of a message with an id of its own, and of no other', async () => {
    server.answer([problem(503, 'busy'), json({ id: '1', deliveries: [] }, 202)]);
    await connect().intake.send({ id: 'mine', type: 't', payload: {} });
    expect(server.requests).toHaveLength(2);
    expect(server.requests[0]?.body).toEqual(server.requests[1]?.body);

    server.answer(problem(503, 'busy'));
    server.clear();
    await expect(connect().intake.send({ type: 't', payload: {} })).rejects.toMatchObject({ status: 503 });
    const mixed = [
      { id: 'mine', type: 't', payload: {} },
      { type: 't', payload: {} },
    ];
    await expect(connect().intake.sendBatch(mixed)).rejects.toMatchObject({ status: 503 });
    expect(server.requests).toHaveLength(2);
  });

  test('is made of no other change', async () => {
    server.answer(problem(503, 'busy'));
    await expect(connect().nodes.pause('customs')).rejects.toMatchObject({ status: 503 });
    await expect(connect().deliveries.replay({ ids: ['1'] })).rejects.toMatchObject({ status: 503 });
    expect(server.requests).toHaveLength(2);
  });

  test.each([400, 401, 403, 404, 409, 413, 422, 500])('does not follow %i', async (status) => {
    server.answer(problem(status, 'wrong'));
    await expect(connect().stats.get()).rejects.toMatchObject({ status });
    expect(server.requests).toHaveLength(1);
  });

  test('is given up when the caller gives up', async () => {
    const giving = new AbortController();
    server.answer(() => {
      giving.abort(new Error('no more'));
      return problem(503, 'busy');
    });
    await expect(connect().stats.get({ signal: giving.signal })).rejects.toThrow('no more');
    expect(server.requests).toHaveLength(1);
  });
});

describe('a token', () => {
  const credentials = { username: 'admin', password: 'pass & word' };
  const bearers = () =>
    server.requests.filter(({ method }) => method === 'GET').map(({ headers }) => headers['authorization']);

  test('is asked for once by calls made together, and used for all', async () => {
    server.answer(({ path }) => (path === '/api/v1/token' ? token('one') : json({})));
    const client = connect({ credentials });
    await Promise.all([client.stats.get(), client.stats.get()]);
    await client.stats.get();
    expect(lines(server.requests).filter((line) => line.startsWith('POST'))).toHaveLength(1);
    expect(String(server.requests[0]?.body)).toBe('grant_type=password&username=admin&password=pass+%26+word');
    expect(bearers()).toEqual(['Bearer one', 'Bearer one', 'Bearer one']);
  });

  test('is replaced shortly before it ends', async () => {
    let given = 0;
    server.answer(({ path }) => (path === '/api/v1/token' ? token(String((given += 1)), 600) : json({})));
    const client = connect({ credentials });
    await client.stats.get();
    now += 539_000;
    await client.stats.get();
    now += 2_000;
    await client.stats.get();
    expect(bearers()).toEqual(['Bearer 1', 'Bearer 1', 'Bearer 2']);
  });

  test('that is refused before its time is replaced once, for any call', async () => {
    let given = 0;
    server.answer(({ path, headers }) => {
      if (path === '/api/v1/token') return token(String((given += 1)));
      return headers['authorization'] === 'Bearer 2' ? { status: 200 } : problem(401, 'unauthenticated');
    });
    await connect({ credentials }).nodes.pause('customs');
    expect(given).toBe(2);

    server.answer(({ path }) => (path === '/api/v1/token' ? token('x') : problem(401, 'unauthenticated')));
    server.clear();
    await expect(connect({ credentials }).stats.get()).rejects.toMatchObject({ status: 401 });
    expect(lines(server.requests).filter((line) => line.startsWith('GET'))).toHaveLength(2);
  });

  test('that is not given fails the call, and is asked for again by the next', async () => {
    server.answer([problem(401, 'wrong-credentials'), token('one'), json({})]);
    const client = connect({ credentials });
    await expect(client.stats.get()).rejects.toMatchObject({ code: 'wrong-credentials' });
    await expect(client.stats.get()).resolves.toEqual({});
  });

  test('had elsewhere is used as it is', async () => {
    server.answer(problem(401, 'unauthenticated'));
    await expect(connect({ credentials: { token: 'given' } }).stats.get()).rejects.toMatchObject({ status: 401 });
    expect(bearers()).toEqual(['Bearer given']);
  });
});

describe('a list', () => {
  const pages: Record<string, ReturnType<typeof json>> = {
    '/api/v1/messages?type=t&limit=2': json({ items: [{ id: '1' }, { id: '2' }], next: 'a&b' }),
    '/api/v1/messages?type=t&limit=2&cursor=a%26b': json({ items: [{ id: '3' }], next: null }),
  };

  test('is read through to its end, page by page', async () => {
    server.answer(({ path }) => pages[path] ?? problem(404, 'not-found'));
    const ids: string[] = [];
    for await (const { id } of connect().messages.all({ type: 't', limit: 2 })) ids.push(id);
    expect(ids).toEqual(['1', '2', '3']);
  });

  test('asks for no page that nobody reads', async () => {
    server.answer(({ path }) => pages[path] ?? problem(404, 'not-found'));
    for await (const { id } of connect().messages.all({ type: 't', limit: 2 })) if (id === '2') break;
    expect(server.requests).toHaveLength(1);
  });
});

test('the calls are those of the contract', async () => {
  server.answer(({ path }) => json({ count: 1, items: [], messages: [], next: null, path }));
  const { nodes, keys, messages, deliveries, users, purge, log, intake } = connect();
  const event = { specversion: '1.0', id: '1', source: 's', type: 't' } as const;
  await nodes.list();
  await nodes.get('n');
  await nodes.patch('n', { paused: true });
  await nodes.delete('n');
  await nodes.pause('n');
  await nodes.resume('n');
  await nodes.rotateSecret('n');
  await nodes.ping('n');
  await keys.list('n', { limit: 1 });
  await keys.create('n', 'name');
  await keys.delete('n', 'k');
  await messages.get('m');
  await messages.attempts('m');
  await deliveries.replay({ filter: { node: 'n' }, dryRun: true });
  await deliveries.cancel({ ids: ['1'] });
  await users.create({ username: 'u', password: 'p', role: 'viewer' });
  await users.get('u');
  await users.patch('u', { role: 'admin' });
  await users.delete('u');
  await purge.run({ dryRun: true });
  await log.list({ node: 'n' });
  await intake.sendBatch([]);
  await intake.sendFederated({ recordedTime: 1, messageId: 'm', messageType: 'event', message: '' });
  await intake.sendEvent(event);
  await intake.sendEvents([event]);
  expect(lines(server.requests)).toEqual([
    'GET /api/v1/nodes',
    'GET /api/v1/nodes/n',
    'PATCH /api/v1/nodes/n',
    'DELETE /api/v1/nodes/n',
    'POST /api/v1/nodes/n/pause',
    'POST /api/v1/nodes/n/resume',
    'POST /api/v1/nodes/n/rotate-secret',
    'POST /api/v1/nodes/n/ping',
    'GET /api/v1/nodes/n/keys?limit=1',
    'POST /api/v1/nodes/n/keys',
    'DELETE /api/v1/nodes/n/keys/k',
    'GET /api/v1/messages/m',
    'GET /api/v1/messages/m/attempts',
    'POST /api/v1/deliveries/replay',
    'POST /api/v1/deliveries/cancel',
    'POST /api/v1/users',
    'GET /api/v1/users/u',
    'PATCH /api/v1/users/u',
    'DELETE /api/v1/users/u',
    'POST /api/v1/purge',
    'GET /api/v1/log?node=n',
    'POST /api/v1/messages/batch',
    'POST /api/message',
    'POST /api/v1/events',
    'POST /api/v1/events',
  ]);
  expect(server.requests.slice(-2).map(({ headers }) => headers['content-type'])).toEqual([
    'application/cloudevents+json',
    'application/cloudevents-batch+json',
  ]);
});
