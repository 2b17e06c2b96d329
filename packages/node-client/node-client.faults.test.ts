import { createServer, type AddressInfo, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { AttemptResult, DeliverableNode, OutboundMessage } from '#core';
import { type Fault, hasOpenssl, startDeafNode, startTestNode, type TestNode, type TestNodeOptions } from '#testkit';
import { createNodeClient, type NodeClient, type NodeClientOptions } from './node-client.ts';

/** Where a budget must be used up: short, and all that the answer may take longer is a failure of the test's own time-out. */
const SHORT = 0.2;
const LONG = 30;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function start(options: TestNodeOptions = {}): Promise<TestNode> {
  const receiver = await startTestNode(options);
  cleanups.push(() => receiver.close());
  return receiver;
}

function clientWith(options: Partial<NodeClientOptions> = {}): NodeClient {
  const client = createNodeClient({ allow: ['127.0.0.0/8'], ...options });
  cleanups.push(() => client.close());
  return client;
}

function nodeAt(url: string): DeliverableNode {
  const common = { id: 'n', ordering: 'none', paused: false, policy: {}, auth: { type: 'none' }, secrets: [] } as const;
  return { ...common, url, protocol: 'webhook' };
}

const message: OutboundMessage = {
  id: '0190c2f0-7d3a-7000-8000-00000000000a',
  source: 'terminal',
  senderId: null,
  type: 'test',
  contentType: 'text/plain',
  payload: Buffer.from('payload'),
  recordedTime: null,
  eventType: null,
  attributes: null,
  createdAt: new Date(),
};

function attemptAt(url: string, timeout: number, client = clientWith()): Promise<AttemptResult> {
  return client.attempt(nodeAt(url), message, { timeout });
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'));
}

function hostOf({ url }: TestNode): string {
  return new URL(url).host;
}

describe('without a status', () => {
  test.each(['hang', 'drip-headers'] as const)('%s ends at the budget', async (fault) => {
    const receiver = await start({ script: { fault } });
    const result = await attemptAt(receiver.url, SHORT);
    expect(result).toMatchObject({
      outcome: 'timeout',
      status: null,
      body: null,
      error: `no answer from ${hostOf(receiver)} within ${SHORT} s`,
    });
    expect(result.duration).toBeGreaterThanOrEqual(SHORT * 1000 - 2);
    expect(receiver.requests).toHaveLength(1);
  });

  test.each([
    ['reset-before-headers', 'connection-error', 'connection reset by'],
    ['close', 'connection-error', 'connection closed without an answer by'],
    ['garbage', 'invalid-response', 'did not answer in HTTP'],
    ['endless-continue', 'invalid-response', 'answered what was not asked for'],
    ['endless-informational', 'invalid-response', 'sent 65 interim answers (1xx) and no final one'],
    ['endless-headers', 'invalid-response', 'answered with too long headers'],
  ] as const)('%s is %s, known at once, and one request', async (fault, outcome, words) => {
    const receiver = await start({ script: { fault } });
    const result = await attemptAt(receiver.url, LONG);
    expect(result).toMatchObject({ outcome, status: null, body: null, retryAfter: null });
    expect(result.error).toContain(words);
    expect(result.error).toContain(hostOf(receiver));
    expect(receiver.requests).toHaveLength(1);
    expect(receiver.connections).toBe(1);
  });

  test('an interim answer before the answer changes nothing', async () => {
    const receiver = await startRaw(
      'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n',
    );
    expect(await attemptAt(receiver, LONG)).toMatchObject({ outcome: 'success', status: 201 });
  });

  test('a connection that is refused is said to be', async () => {
    const receiver = await start();
    await receiver.close();
    const result = await attemptAt(receiver.url, LONG);
    expect(result).toMatchObject({ outcome: 'connection-error', error: `connection refused by ${hostOf(receiver)}` });
  });

  test('a connection that is not accepted ends at the budget and leaves nothing behind', async () => {
    const port = await startDeaf();
    const result = await attemptAt(`http://127.0.0.1:${port}/`, SHORT);
    expect(result).toMatchObject({ outcome: 'timeout', error: `no connection to 127.0.0.1:${port} within ${SHORT} s` });
    const connecting = process.getActiveResourcesInfo().filter((resource) => resource === 'TCPConnectWrap');
    expect(connecting).toEqual([]);
  });
});

describe('of many attempts at once', () => {
  const tenAt = (url: string, timeout: number): Promise<AttemptResult[]> => {
    const client = clientWith();
    return Promise.all(Array.from({ length: 10 }, () => attemptAt(url, timeout, client)));
  };

  test('each is refused by itself', async () => {
    const receiver = await start();
    await receiver.close();
    const results = await tenAt(receiver.url, LONG);
    expect(new Set(results.map(({ error }) => error))).toEqual(new Set([`connection refused by ${hostOf(receiver)}`]));
  });

  test('each ends at its budget, whether it has a connection or waits for one', async () => {
    const port = await startDeaf();
    for (const { outcome, error } of await tenAt(`http://127.0.0.1:${port}/`, 0.1)) {
      expect({ outcome, error }).toEqual({
        outcome: 'timeout',
        error: `no connection to 127.0.0.1:${port} within 0.1 s`,
      });
    }
  });

  test('each is sent once, also when every second one breaks the connection that others wait for', async () => {
    const receiver = await start({ script: (_, index) => (index % 2 === 0 ? {} : { fault: 'reset-before-headers' }) });
    const results = await tenAt(receiver.url, LONG);
    expect(results.map(({ outcome }) => outcome).toSorted()).toEqual([
      ...Array<string>(5).fill('connection-error'),
      ...Array<string>(5).fill('success'),
    ]);
    expect(receiver.requests).toHaveLength(10);
  });

  test('none gets an answer that was meant for another', async () => {
    const url = await startRaw(
      'HTTP/1.1 500 First\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 Smuggled\r\ncontent-length: 0\r\n\r\n',
    );
    expect(new Set((await tenAt(url, LONG)).map(({ status }) => status))).toEqual(new Set([500]));
  });
});

describe.each([
  [200, 'success'],
  [500, 'http-error'],
] as const)('once %d has been read', (status, outcome) => {
  test.each(['short-body', 'reset-after-headers'] as const)('%s changes nothing', async (fault) => {
    const receiver = await start({ script: { status, fault } });
    expect(await attemptAt(receiver.url, LONG)).toMatchObject({ status, outcome });
    expect(receiver.requests).toHaveLength(1);
  });

  test('a dripping body is cut at the budget', async () => {
    const receiver = await start({ script: { status, fault: 'drip-body' } });
    const result = await attemptAt(receiver.url, SHORT);
    expect(result).toMatchObject({ status, outcome });
    expect(result.body?.toString()).toMatch(/^x+$/);
    expect(receiver.requests).toHaveLength(1);
  });

  test.each([
    ['endless', { fault: 'endless-body' }],
    ['compressed and endless', { fault: 'endless-body', headers: { 'content-encoding': 'gzip' } }],
    ['huge', { body: Buffer.alloc(50_000_000, 'x') }],
  ] as const)('a body that is %s is cut after 64 KiB, connection and all', async (_, answer) => {
    const receiver = await start({ script: [{ status, ...answer }, { status: 200 }] });
    const client = clientWith();
    const result = await attemptAt(receiver.url, LONG, client);
    expect(result).toMatchObject({ status, outcome });
    expect(result.body?.toString()).toBe('x'.repeat(4096));
    expect(await attemptAt(receiver.url, LONG, client)).toMatchObject({ outcome: 'success' });
    expect(receiver.connections).toBe(2);
  });
});

test('memory stays flat over endless answers', async () => {
  const receiver = await start({ script: { fault: 'endless-body' } });
  const client = clientWith();
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 100; i += 1) await attemptAt(receiver.url, LONG, client);
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
});

describe('on a kept-alive connection', () => {
  test.each(['close', 'reset-before-headers'] as const)(
    '%s as we send is one failed attempt and one request',
    async (fault: Fault) => {
      const receiver = await start({ script: [{}, { fault }, {}] });
      const client = clientWith();
      expect(await attemptAt(receiver.url, LONG, client)).toMatchObject({ outcome: 'success' });
      expect(await attemptAt(receiver.url, LONG, client)).toMatchObject({ outcome: 'connection-error', status: null });
      expect(receiver.requests.map(({ connection }) => connection)).toEqual([1, 1]);
      expect(await attemptAt(receiver.url, LONG, client)).toMatchObject({ outcome: 'success' });
      expect(receiver.requests.map(({ connection }) => connection)).toEqual([1, 1, 2]);
    },
  );

  test('a node that closes in the instant in which we send gets every request at most once', async () => {
    const receiver = await start();
    const client = clientWith();
    let succeeded = 0;
    for (let i = 0; i < 50; i += 1) {
      await attemptAt(receiver.url, LONG, client);
      receiver.dropConnections();
      const { outcome } = await attemptAt(receiver.url, LONG, client);
      expect(['success', 'connection-error']).toContain(outcome);
      if (outcome === 'success') succeeded += 1;
    }
    expect(receiver.requests.length).toBeGreaterThanOrEqual(50 + succeeded);
    expect(receiver.requests.length).toBeLessThanOrEqual(100);
  });

  test('bytes that a node sends without being asked are no answer to the next request', async () => {
    const receiver = await startRaw(
      'HTTP/1.1 500 First\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 Smuggled\r\ncontent-length: 0\r\n\r\n',
    );
    const client = clientWith();
    expect(await attemptAt(receiver, LONG, client)).toMatchObject({ status: 500 });
    expect(await attemptAt(receiver, LONG, client)).toMatchObject({ status: 500 });
  });
});

describe('names', () => {
  const failing = (code: string) => () => Promise.reject(Object.assign(new Error(`query ${code}`), { code }));

  test.each([
    ['ENOTFOUND', 'no such host: node.example'],
    ['ENODATA', 'the name has no address: node.example'],
    ['ESERVFAIL', 'the name server failed: node.example'],
    ['ETIMEOUT', 'the name server did not answer: node.example'],
    ['ECONNREFUSED', 'the name server is not reachable: node.example'],
  ])('%s is a dns-error with its reason', async (code, error) => {
    const client = clientWith({ lookUp: failing(code) });
    expect(await attemptAt('http://node.example/', LONG, client)).toMatchObject({
      outcome: 'dns-error',
      status: null,
      error,
    });
  });

  test('a name without addresses is a dns-error', async () => {
    const client = clientWith({ lookUp: () => Promise.resolve([]) });
    const result = await attemptAt('http://node.example/', LONG, client);
    expect(result).toMatchObject({ outcome: 'dns-error', error: 'the name has no address: node.example' });
  });

  test('a look-up that is not answered ends at the budget, and others do not wait for it', async () => {
    const receiver = await start();
    const client = clientWith({
      lookUp: (name) => (name === 'slow.example' ? new Promise(() => {}) : Promise.resolve(['127.0.0.1'])),
    });
    const slow = attemptAt('http://slow.example/', SHORT, client);
    expect(await attemptAt(`http://fast.example:${receiver.port}/`, LONG, client)).toMatchObject({
      outcome: 'success',
    });
    expect(await slow).toMatchObject({
      outcome: 'timeout',
      error: `no answer of the name look-up for slow.example:80 within ${SHORT} s`,
    });
  });

  test('localhost is reached, and named in the host header', async () => {
    const receiver = await start();
    const client = clientWith({ allow: ['localhost'] });
    expect(await attemptAt(`http://localhost:${receiver.port}/`, LONG, client)).toMatchObject({ outcome: 'success' });
    expect(receiver.requests[0]?.headers['host']).toBe(`localhost:${receiver.port}`);
  });

  test('where the first address refuses, the next one is tried', async () => {
    const receiver = await start();
    const client = clientWith({ lookUp: () => Promise.resolve(['127.0.0.3', '127.0.0.1']) });
    expect(await attemptAt(`http://node.example:${receiver.port}/`, LONG, client)).toMatchObject({
      outcome: 'success',
    });
    expect(receiver.connections).toBe(1);
  });

  test('where all addresses refuse, one of them is named', async () => {
    const receiver = await start();
    await receiver.close();
    const client = clientWith({ lookUp: () => Promise.resolve(['127.0.0.3', '127.0.0.1']) });
    const result = await attemptAt(`http://node.example:${receiver.port}/`, LONG, client);
    expect(result).toMatchObject({
      outcome: 'connection-error',
      error: `connection refused by 127.0.0.1:${receiver.port}`,
    });
  });
});

// Some machines and containers have no IPv6 loopback to listen on.
(hasIpv6() ? test : test.skip)('an IPv6 literal is reached, and named with brackets', async () => {
  const server = createServer((socket) => socket.on('data', () => socket.end('no HTTP')));
  await new Promise<void>((resolve) => server.listen(0, '::1', resolve));
  cleanups.push(() => new Promise((resolve) => server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  const result = await attemptAt(`http://[0:0::1]:${port}/`, LONG, clientWith({ allow: ['::1'] }));
  expect(result).toMatchObject({ outcome: 'invalid-response' });
  expect(result.error).toContain(`[::1]:${port} did not answer in HTTP`);
});

describe('egress', () => {
  test.each([
    '127.0.0.1',
    '0x7f.1',
    '2130706433',
    '127。0。0。1',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    'localhost',
  ])('http://%s/ is denied and no connection is made', async (host) => {
    const receiver = await start();
    const client = clientWith({ allow: [] });
    const result = await attemptAt(`http://${host}:${receiver.port}/`, LONG, client);
    expect(result).toMatchObject({ outcome: 'egress-denied', status: null });
    expect(result.error).toContain('127.0.0.1 is not a public address (loopback)');
    expect(receiver.connections).toBe(0);
  });

  test('a name is denied by what it resolves to', async () => {
    const client = clientWith({ allow: [], lookUp: () => Promise.resolve(['10.0.0.7', '::1']) });
    expect(await attemptAt('http://rebound.example/', LONG, client)).toMatchObject({
      outcome: 'egress-denied',
      error: 'rebound.example: 10.0.0.7 is not a public address (private)',
    });
  });

  test('of several addresses only the allowed ones are tried', async () => {
    const receiver = await start();
    const client = clientWith({
      allow: ['127.0.0.1'],
      lookUp: () => Promise.resolve(['10.0.0.7', '127.0.0.1', '127.0.0.2']),
    });
    const result = await attemptAt(`http://node.example:${receiver.port}/`, LONG, client);
    expect(result).toMatchObject({ outcome: 'success' });
  });

  test('an answer that turns from public to loopback between check and connect gains nothing', async () => {
    const receiver = await start();
    const answers = [['8.8.8.8'], ['127.0.0.1']];
    const lookUp = () => Promise.resolve(answers.shift() ?? ['127.0.0.1']);
    expect(await lookUp()).toEqual(['8.8.8.8']);
    const client = clientWith({ allow: [], lookUp });
    const result = await attemptAt(`http://rebound.example:${receiver.port}/`, LONG, client);
    expect(result).toMatchObject({ outcome: 'egress-denied' });
    expect(receiver.connections).toBe(0);
  });

  test('metadata addresses stay closed to a host name and a range that cover them', async () => {
    const allow = ['metadata.example', '169.254.0.0/16'];
    const client = clientWith({ allow, lookUp: () => Promise.resolve(['169.254.169.254']) });
    for (const url of ['http://metadata.example/', 'http://169.254.169.254/', 'http://[::ffff:a9fe:a9fe]/']) {
      const result = await attemptAt(url, LONG, client);
      expect(result).toMatchObject({ outcome: 'egress-denied' });
      expect(result.error).toContain('169.254.169.254 is a metadata address');
    }
  });
});

// The certificates are made by openssl, which a plain `npm test` does not ask for; CI installs it.
(hasOpenssl() ? describe : describe.skip)('TLS', () => {
  test('a good certificate of a trusted authority is accepted, and its connection kept', async () => {
    const receiver = await start({ tls: 'good' });
    const client = clientWith({ ca: receiver.ca ?? '' });
    for (let i = 0; i < 3; i += 1) {
      expect(await attemptAt(receiver.url, LONG, client)).toMatchObject({ outcome: 'success', status: 200 });
    }
    expect(
      await attemptAt(
        receiver.url.replace('127.0.0.1', 'localhost'),
        LONG,
        clientWith({ ca: receiver.ca ?? '', allow: ['localhost'] }),
      ),
    ).toMatchObject({ outcome: 'success' });
    expect(receiver.connections).toBe(2);
  });

  test.each([
    ['expired', 'the certificate has expired'],
    ['self-signed', 'the certificate is self-signed'],
    ['wrong-host', 'the certificate is for another host'],
  ] as const)('%s is a tls-error that says so, and no request is made', async (tls, words) => {
    const receiver = await start({ tls });
    const result = await attemptAt(receiver.url, LONG, clientWith({ ca: receiver.ca ?? '' }));
    expect(result).toMatchObject({ outcome: 'tls-error', status: null });
    expect(result.error).toContain(`TLS with ${hostOf(receiver)}: ${words}`);
    expect(receiver.requests).toHaveLength(0);
  });

  test('an authority that nobody trusts is a tls-error, also where the environment asks for less', async () => {
    const receiver = await start({ tls: 'good' });
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const result = await attemptAt(receiver.url, LONG);
      expect(result).toMatchObject({ outcome: 'tls-error' });
      expect(result.error).toContain('signed by an unknown issuer');
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
    expect(receiver.requests).toHaveLength(0);
  });

  test('a stalled handshake ends at the budget', async () => {
    const receiver = await start({ tls: 'stalled' });
    expect(await attemptAt(receiver.url, SHORT)).toMatchObject({
      outcome: 'timeout',
      error: `no end of the TLS handshake with ${hostOf(receiver)} within ${SHORT} s`,
    });
  });

  test('a node that does not speak TLS, and one that hangs up on it', async () => {
    const plain = await start();
    const result = await attemptAt(plain.url.replace('http:', 'https:'), LONG);
    expect(result).toMatchObject({
      outcome: 'tls-error',
      error: `TLS with ${hostOf(plain)}: the node does not speak TLS on this port`,
    });
    const rude = await startRude();
    expect(await attemptAt(`https://127.0.0.1:${rude}/`, LONG)).toMatchObject({
      outcome: 'tls-error',
      error: `TLS with 127.0.0.1:${rude}: the node closed the connection during the handshake`,
    });
  });
});

/** Answers each request with these bytes. */
async function startRaw(answer: string): Promise<string> {
  const server = createServer((socket) => socket.on('data', () => socket.write(answer)).on('error', () => {}));
  return `http://127.0.0.1:${await listen(server)}/`;
}

/** Ends each connection as soon as something is said. */
async function startRude(): Promise<number> {
  return listen(createServer((socket) => socket.on('data', () => socket.destroy()).on('error', () => {})));
}

/** The port of a node whose connections never come about. */
async function startDeaf(): Promise<number> {
  const deaf = await startDeafNode();
  cleanups.push(() => deaf.close());
  return deaf.port;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => new Promise((resolve) => server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}
