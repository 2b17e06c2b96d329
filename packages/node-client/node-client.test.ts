import { createHash, randomBytes } from 'node:crypto';
import type { DeliverableNode, OutboundMessage } from '#core';
import { startTestNode, type ReceivedRequest, type TestNode } from '#testkit';
import { Webhook } from 'standardwebhooks';
import { createNodeClient, type NodeClient } from './node-client.ts';

const ID = '0190c2f0-7d3a-7000-8000-00000000000a';
const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const CURRENT = { value: SECRET, until: null };
const OLD_SECRET = `whsec_${Buffer.alloc(24, 2).toString('base64')}`;

let receiver: TestNode;
let client: NodeClient;

beforeEach(async () => {
  receiver = await startTestNode();
  client = createNodeClient({ allow: ['127.0.0.1'] });
});

afterEach(async () => {
  await client.close();
  await receiver.close();
});

function nodeWith(change: Partial<DeliverableNode> = {}): DeliverableNode {
  return {
    id: 'customs',
    url: `${receiver.url}/inbox`,
    protocol: 'webhook',
    ordering: 'none',
    paused: false,
    policy: {},
    auth: { type: 'none' },
    secrets: [],
    ...change,
  };
}

function messageWith(change: Partial<OutboundMessage> = {}): OutboundMessage {
  return {
    id: ID,
    source: 'did:web:terminal.example',
    senderId: null,
    type: 'container.gate-in',
    contentType: 'application/json',
    payload: Buffer.from('{"any":"JSON"}'),
    recordedTime: null,
    eventType: null,
    attributes: null,
    createdAt: new Date('2026-03-01T12:00:00.250Z'),
    ...change,
  };
}

const federatedMessage = messageWith({
  senderId: '6F1C0A52-6f0b-4a4d-9a1e-0f6f5d1c2b3a',
  type: 'fullevent',
  recordedTime: '1735689600.100000000000000000000',
});

async function receive(node: DeliverableNode, message: OutboundMessage): Promise<ReceivedRequest> {
  const result = await client.attempt(node, message, { timeout: 5 });
  expect(result).toMatchObject({ outcome: 'success', status: 200, error: null });
  const request = receiver.requests.at(-1);
  if (request === undefined) throw new Error('nothing was received');
  return request;
}

describe('to a webhook node', () => {
  test('the payload bytes are posted to its URL with their content type', async () => {
    const payload = randomBytes(5_000);
    const request = await receive(nodeWith(), messageWith({ payload, contentType: 'application/pdf' }));
    expect(request).toMatchObject({ method: 'POST', path: '/inbox' });
    expect(request.headers['content-type']).toBe('application/pdf');
    expect(createHash('sha256').update(request.body).digest()).toEqual(createHash('sha256').update(payload).digest());
  });

  test('the path and query of its URL are kept as they are', async () => {
    const request = await receive(nodeWith({ url: `${receiver.url}/a%20b/?c=d&c=%C3%BC` }), messageWith());
    expect(request.path).toBe('/a%20b/?c=d&c=%C3%BC');
  });

  test('metadata go as CloudEvents 1.0 binary-mode headers', async () => {
    const { headers } = await receive(nodeWith(), messageWith());
    expect(headers).toMatchObject({
      'ce-specversion': '1.0',
      'ce-id': ID,
      'ce-source': 'did:web:terminal.example',
      'ce-type': 'container.gate-in',
      'ce-time': '2026-03-01T12:00:00.250Z',
    });
  });

  test("ce-id is the sender's id where it gave one", async () => {
    const { headers } = await receive(nodeWith(), messageWith({ senderId: 'gate 7: 100% "ü"' }));
    expect(headers['ce-id']).toBe('gate%207:%20100%25%20%22%C3%BC%22');
    expect(headers['webhook-id']).toBe(ID);
  });

  test("the event's own time and its other attributes are passed on, but not what is ours to say", async () => {
    const attributes = {
      time: '2020-01-01T00:00:00Z',
      subject: 'crane 4',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      destinations: 'a,b',
      id: 'other',
      source: 'other',
      type: 'other',
      'bad name': 'x',
    };
    const { headers } = await receive(nodeWith(), messageWith({ attributes }));
    expect(headers).toMatchObject({
      'ce-time': '2020-01-01T00:00:00Z',
      'ce-subject': 'crane%204',
      'ce-traceparent': attributes.traceparent,
      'ce-id': ID,
      'ce-source': 'did:web:terminal.example',
      'ce-type': 'container.gate-in',
    });
    expect(headers).not.toHaveProperty('ce-destinations');
    expect(Object.keys(headers).filter((name) => name.startsWith('ce-'))).toHaveLength(7);
  });

  test('a message from a FEDeRATED node goes as its decoded bytes', async () => {
    const { headers, body } = await receive(nodeWith(), federatedMessage);
    expect(headers).toMatchObject({ 'ce-type': 'fullevent', 'content-type': 'application/json' });
    expect(headers['ce-id']).toBe(federatedMessage.senderId);
    expect(body.toString()).toBe('{"any":"JSON"}');
  });

  test('an empty payload is a request with an empty body', async () => {
    const { headers, body } = await receive(
      nodeWith({ secrets: [CURRENT] }),
      messageWith({ payload: Buffer.alloc(0) }),
    );
    expect(headers['content-length']).toBe('0');
    expect(body).toHaveLength(0);
    expect(() => new Webhook(SECRET).verify('', headers)).not.toThrow(/signature/);
  });
});

describe('to a federated node', () => {
  const federated = () => nodeWith({ protocol: 'federated', url: receiver.url });

  test('a message from a FEDeRATED node goes to /api/message with the fields as they came', async () => {
    const request = await receive(federated(), { ...federatedMessage, eventType: 'container "x"' });
    expect(request).toMatchObject({ method: 'POST', path: '/api/message' });
    expect(request.headers['content-type']).toBe('application/json');
    expect(request.body.toString()).toBe(
      '{"recordedTime":1735689600.100000000000000000000' +
        ',"messageId":"6F1C0A52-6f0b-4a4d-9a1e-0f6f5d1c2b3a"' +
        ',"messageType":"fullevent"' +
        ',"message":"eyJhbnkiOiJKU09OIn0="' +
        ',"origin":"did:web:terminal.example"' +
        ',"eventType":"container \\"x\\""}',
    );
  });

  test('a FEDeRATED messageId is kept whatever it looks like, and eventType is left out where there is none', async () => {
    const { body } = await receive(federated(), { ...federatedMessage, senderId: 'ä "1"' });
    const fields = JSON.parse(body.toString()) as Record<string, unknown>;
    expect(fields['messageId']).toBe('ä "1"');
    expect(fields).not.toHaveProperty('eventType');
  });

  test('a message from elsewhere goes as an event with the moment of its acceptance', async () => {
    const payload = randomBytes(100);
    const { body } = await receive(federated(), messageWith({ payload, contentType: 'application/pdf' }));
    expect(JSON.parse(body.toString())).toEqual({
      recordedTime: 1772366400,
      messageId: ID,
      messageType: 'event',
      message: payload.toString('base64'),
      origin: 'did:web:terminal.example',
      eventType: 'container.gate-in',
    });
  });

  test.each([
    ['6f1c0a52-6f0b-4a4d-9a1e-0f6f5d1c2b3a', '6f1c0a52-6f0b-4a4d-9a1e-0f6f5d1c2b3a'],
    ['order-17', ID],
    ['6f1c0a52-6f0b-4a4d-9a1e-0f6f5d1c2b3a0', ID],
  ])("of a message from elsewhere the sender's id %s goes as %s", async (senderId, messageId) => {
    const { body } = await receive(federated(), messageWith({ senderId }));
    expect((JSON.parse(body.toString()) as { messageId: string }).messageId).toBe(messageId);
  });

  test.each([
    ['/', '/api/message'],
    ['/base', '/base/api/message'],
    ['/base//', '/base/api/message'],
    ['/base?tenant=1', '/base/api/message?tenant=1'],
  ])('at %s below its URL the path is %s', async (path, expected) => {
    const request = await receive(nodeWith({ protocol: 'federated', url: `${receiver.url}${path}` }), messageWith());
    expect(request.path).toBe(expected);
  });

  test('no CloudEvents headers are sent', async () => {
    const { headers } = await receive(federated(), messageWith({ attributes: { subject: 'a' } }));
    expect(Object.keys(headers).filter((name) => name.startsWith('ce-'))).toEqual([]);
  });
});

describe.each(['webhook', 'federated'] as const)('a request to a %s node', (protocol) => {
  test('carries our id and the time of this attempt, and no signature without a secret', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { headers } = await receive(nodeWith({ protocol }), messageWith());
    expect(headers['webhook-id']).toBe(ID);
    expect(headers['user-agent']).toBe('distribution-orchestrator');
    expect(Number(headers['webhook-timestamp'])).toBeGreaterThanOrEqual(before);
    expect(headers['webhook-timestamp']).toMatch(/^\d+$/);
    expect(headers).not.toHaveProperty('webhook-signature');
    expect(headers).not.toHaveProperty('authorization');
  });

  test('is signed so that the standardwebhooks package accepts it', async () => {
    const { headers, body } = await receive(nodeWith({ protocol, secrets: [CURRENT] }), messageWith());
    expect(() => new Webhook(SECRET).verify(body.toString(), headers)).not.toThrow();
    expect(() => new Webhook(OLD_SECRET).verify(body.toString(), headers)).toThrow();
  });

  test('is signed with both secrets while a rotation overlaps', async () => {
    const { headers, body } = await receive(
      nodeWith({ protocol, secrets: [CURRENT, { value: OLD_SECRET, until: new Date(Date.now() + 60_000) }] }),
      messageWith(),
    );
    expect(() => new Webhook(SECRET).verify(body.toString(), headers)).not.toThrow();
    expect(() => new Webhook(OLD_SECRET).verify(body.toString(), headers)).not.toThrow();
  });

  test.each([
    [{ type: 'api-key', header: 'X-API-Key', value: 'k ey' }, 'x-api-key', 'k ey'],
    [{ type: 'basic', username: 'us', password: 'p:w' }, 'authorization', 'Basic dXM6cDp3'],
    [{ type: 'bearer', token: 'abc.def' }, 'authorization', 'Bearer abc.def'],
    [{ type: 'api-key', header: 'User-Agent', value: 'as they want it' }, 'user-agent', 'as they want it'],
  ] as const)('authenticates by %j', async (auth, name, value) => {
    const { headers, rawHeaders } = await receive(nodeWith({ protocol, auth }), messageWith());
    expect(headers[name]).toBe(value);
    expect(rawHeaders.filter((header) => header.toLowerCase() === name)).toHaveLength(1);
  });
});

test('the older secret of a rotation signs until its very end, and not after it', async () => {
  const until = new Date('2026-03-01T12:00:00Z');
  const times = [new Date(until.getTime() - 1), until];
  const stepped = createNodeClient({ allow: ['127.0.0.1'], now: () => times.shift() ?? until });
  const node = nodeWith({ secrets: [CURRENT, { value: OLD_SECRET, until }] });
  for (let i = 0; i < 2; i += 1) await stepped.attempt(node, messageWith(), { timeout: 5 });
  await stepped.close();
  const signatures = receiver.requests.map(({ headers }) => String(headers['webhook-signature']).split(' ').length);
  expect(signatures).toEqual([2, 1]);
});

test('the time of the attempt is the one of the given clock, again for each attempt', async () => {
  const times = ['2026-03-01T12:00:00.999Z', '2026-03-01T12:01:00Z'].map((time) => new Date(time));
  const stepped = createNodeClient({ allow: ['127.0.0.1'], now: () => times.shift() ?? new Date(0) });
  for (const timestamp of ['1772366400', '1772366460']) {
    await stepped.attempt(nodeWith(), messageWith(), { timeout: 5 });
    expect(receiver.requests.at(-1)?.headers['webhook-timestamp']).toBe(timestamp);
  }
  await stepped.close();
});

test.each([200, 201, 202, 204, 299])('%d is a success', async (status) => {
  receiver.answer({ status });
  const result = await client.attempt(nodeWith(), messageWith(), { timeout: 5 });
  expect(result).toMatchObject({ outcome: 'success', status, error: null, retryAfter: null });
});

test.each([304, 400, 401, 403, 404, 410, 413, 422, 429, 500, 502, 503, 599])(
  '%d is a failure that names it',
  async (status) => {
    receiver.answer({ status });
    const result = await client.attempt(nodeWith(), messageWith(), { timeout: 5 });
    expect(result).toMatchObject({ outcome: 'http-error', status });
    expect(result.error).toContain(`the node answered ${status}`);
  },
);

test.each([301, 302, 303, 307, 308])('%d is a failure and never followed', async (status) => {
  const elsewhere = await startTestNode();
  for (const location of [`${receiver.url}/inbox`, elsewhere.url, 'http://169.254.169.254/latest/meta-data/']) {
    receiver.answer({ status, headers: { location } });
    const result = await client.attempt(nodeWith(), messageWith(), { timeout: 5 });
    expect(result).toMatchObject({
      outcome: 'http-error',
      status,
      error: `the node answered ${status}, and redirects are not followed`,
    });
  }
  expect(receiver.requests).toHaveLength(3);
  expect(elsewhere.connections).toBe(0);
  await elsewhere.close();
});

test.each([429, 503])('Retry-After of %d is read, in seconds and as a date', async (status) => {
  const clocked = createNodeClient({ allow: ['127.0.0.1'], now: () => new Date('2026-03-01T12:00:00Z') });
  const retryAfter = async (value: string) => {
    receiver.answer({ status, headers: { 'retry-after': value } });
    return (await clocked.attempt(nodeWith(), messageWith(), { timeout: 5 })).retryAfter;
  };
  expect(await retryAfter('17')).toBe(17);
  expect(await retryAfter('Sun, 01 Mar 2026 12:00:30 GMT')).toBe(30);
  expect(await retryAfter('1000000')).toBe(86_400);
  expect(await retryAfter('-1')).toBeNull();
  expect(await retryAfter('soon')).toBeNull();
  await clocked.close();
});

test.each([200, 301, 404, 500])('Retry-After of %d means nothing', async (status) => {
  receiver.answer({ status, headers: { 'retry-after': '17' } });
  expect((await client.attempt(nodeWith(), messageWith(), { timeout: 5 })).retryAfter).toBeNull();
});

test('of the answer the first 4 KiB are kept, and what it takes is told', async () => {
  const body = randomBytes(40_000);
  receiver.answer([{ status: 500, body }, { body: 'ok' }, { status: 204 }]);
  const attempt = () => client.attempt(nodeWith(), messageWith(), { timeout: 5 });
  const before = performance.now();
  const result = await attempt();
  expect(result.body?.equals(body.subarray(0, 4096))).toBe(true);
  expect(result.endedAt).toBeGreaterThanOrEqual(before);
  expect(result.duration).toBeGreaterThan(0);
  expect((await attempt()).body?.toString()).toBe('ok');
  expect((await attempt()).body).toHaveLength(0);
  expect(receiver.connections).toBe(1);
});

test('a compressed answer is kept as it came', async () => {
  const body = Buffer.from('1f8b0800000000000003cb48cdc9c957c840c10000bc61b2700f000000', 'hex');
  receiver.answer({ headers: { 'content-encoding': 'gzip' }, body });
  const result = await client.attempt(nodeWith(), messageWith(), { timeout: 5 });
  expect(result.body?.equals(body)).toBe(true);
  expect(receiver.requests[0]?.headers).not.toHaveProperty('accept-encoding');
});

test('attempts one after the other share a connection, and so does a burst that is soon over', async () => {
  const attempt = () => client.attempt(nodeWith(), messageWith(), { timeout: 5 });
  for (let i = 0; i < 5; i += 1) await attempt();
  expect(receiver.connections).toBe(1);
  const results = await Promise.all(Array.from({ length: 20 }, attempt));
  expect(results.filter(({ outcome }) => outcome === 'success')).toHaveLength(20);
  expect(receiver.requests).toHaveLength(25);
  expect(receiver.connections).toBeLessThan(20);
});

test('attempts that the node is slow to answer get a connection each', async () => {
  receiver.answer({ fault: 'hang' });
  const abort = new AbortController();
  const attempts = Array.from({ length: 8 }, () =>
    client.attempt(nodeWith(), messageWith(), { timeout: 60, signal: abort.signal }),
  );
  await receiver.waitFor(8);
  expect(receiver.connections).toBe(8);
  expect(receiver.requests.map(({ overlap }) => overlap)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  abort.abort(new Error('enough'));
  const ends = await Promise.allSettled(attempts);
  expect(ends.map(({ status }) => status)).toEqual(Array(8).fill('rejected'));
});

test('a node that ends the connection after each answer gets a new one each time', async () => {
  receiver.answer({ headers: { connection: 'close' } });
  for (let i = 0; i < 3; i += 1) await receive(nodeWith(), messageWith());
  expect(receiver.connections).toBe(3);
});

test('a node that keeps idle connections for a moment only gets a new one each time', async () => {
  receiver.answer({ headers: { connection: 'keep-alive', 'keep-alive': 'timeout=1' } });
  for (let i = 0; i < 3; i += 1) await receive(nodeWith(), messageWith());
  expect(receiver.connections).toBe(3);
});

test('idle connections are bounded over all nodes, the longest idle going first', async () => {
  const others = await Promise.all([startTestNode(), startTestNode()]);
  const frugal = createNodeClient({ allow: ['127.0.0.1'], mostIdle: 2 });
  const attempt = (url: string) => frugal.attempt(nodeWith({ url }), messageWith(), { timeout: 5 });
  const [second, third] = others.map(({ url }) => url);
  for (const url of [receiver.url, second ?? '', third ?? '', second ?? '', third ?? '']) await attempt(url);
  expect(others.map(({ connections }) => connections)).toEqual([1, 1]);
  await attempt(receiver.url);
  expect(receiver.connections).toBe(2);
  await frugal.close();
  await Promise.all(others.map((other) => other.close()));
});

test('an attempt that is given up rejects with the reason, and the connection is gone', async () => {
  receiver.answer({ fault: 'hang' });
  const abort = new AbortController();
  const attempt = client.attempt(nodeWith(), messageWith(), { timeout: 60, signal: abort.signal });
  await receiver.waitFor(1);
  abort.abort(new Error('the lease is lost'));
  await expect(attempt).rejects.toThrow('the lease is lost');
  await expect(client.attempt(nodeWith(), messageWith(), { timeout: 60, signal: abort.signal })).rejects.toThrow(
    'the lease is lost',
  );
  expect(receiver.requests).toHaveLength(1);
});

test('close waits for what is under way, and afterwards nothing is attempted', async () => {
  receiver.answer({ delay: 20 });
  const attempts = [1, 2, 3].map(() => client.attempt(nodeWith(), messageWith(), { timeout: 5 }));
  await Promise.all([client.close(), client.close()]);
  expect(receiver.requests).toHaveLength(3);
  for (const attempt of attempts) expect(await attempt).toMatchObject({ outcome: 'success' });
  await expect(client.attempt(nodeWith(), messageWith(), { timeout: 5 })).rejects.toThrow('attempt after close');
});

test('a stored URL that can not be used is a failed attempt, not an exception', async () => {
  const result = await client.attempt(nodeWith({ url: 'ftp://node.example' }), messageWith(), { timeout: 5 });
  expect(result).toMatchObject({
    outcome: 'connection-error',
    status: null,
    body: null,
    error: "the node's URL can't be used: expected http or https, got ftp",
  });
});

test('a header that can not be written is a failed attempt, and the next one is none the worse', async () => {
  const result = await client.attempt(nodeWith(), messageWith({ contentType: 'a\r\nx-evil: 1' }), { timeout: 5 });
  expect(result).toMatchObject({ outcome: 'connection-error', status: null });
  expect(result.error).toBe("the request can't be written: invalid content-type header");
  expect(receiver.requests).toHaveLength(0);
  await receive(nodeWith(), messageWith());
});

test('HTTP_PROXY is ignored', async () => {
  const proxy = await startTestNode();
  const before = process.env['HTTP_PROXY'];
  process.env['HTTP_PROXY'] = proxy.url;
  try {
    await receive(nodeWith(), messageWith());
  } finally {
    if (before === undefined) delete process.env['HTTP_PROXY'];
    else process.env['HTTP_PROXY'] = before;
  }
  expect(proxy.connections).toBe(0);
  await proxy.close();
});
