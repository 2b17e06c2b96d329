import type { DeliverableNode, OAuth2Auth, OutboundMessage } from '#core';
import { startTestNode, startTokenServer, type TestNode, type TokenServer } from '#testkit';
import { createNodeClient, type NodeClient } from '../node-client.ts';

let receiver: TestNode;
let server: TokenServer;
let client: NodeClient;

beforeEach(async () => {
  receiver = await startTestNode();
  server = await startTokenServer();
  client = createNodeClient({ allow: ['127.0.0.1'] });
});
afterEach(async () => {
  await client.close();
  await Promise.all([receiver.close(), server.close()]);
});

const message: OutboundMessage = {
  id: '0190c2f0-7d3a-7000-8000-00000000000a',
  source: 'did:web:terminal.example',
  senderId: null,
  type: 'container.gate-in',
  contentType: 'application/json',
  payload: Buffer.from('{"any":"JSON"}'),
  recordedTime: null,
  eventType: null,
  attributes: null,
  createdAt: new Date('2026-03-01T12:00:00.250Z'),
};

function nodeWith(auth: Partial<OAuth2Auth> = {}): DeliverableNode {
  return {
    id: 'customs',
    url: `${receiver.url}/inbox`,
    protocol: 'webhook',
    ordering: 'none',
    paused: false,
    policy: {},
    auth: {
      type: 'oauth2',
      tokenUrl: server.url,
      clientId: 'us',
      clientSecret: 'a s+cret/',
      scope: 'deliver',
      ...auth,
    },
    secrets: [],
  };
}

const shown = () => receiver.requests.map(({ headers }) => headers['authorization']);

test('the token of the token server is shown to the node, and kept for the next attempts', async () => {
  for (let i = 0; i < 3; i += 1) {
    expect(await client.attempt(nodeWith(), message, { timeout: 5 })).toMatchObject({
      outcome: 'success',
      status: 200,
    });
  }
  expect(shown()).toEqual(Array(3).fill('Bearer token-1'));
  expect(server.requests).toHaveLength(1);
  expect(server.requests[0]?.headers['authorization']).toBe(
    `Basic ${Buffer.from('us:a+s%2Bcret%2F').toString('base64')}`,
  );
  expect([...(server.forms()[0] ?? [])]).toEqual([
    ['grant_type', 'client_credentials'],
    ['scope', 'deliver'],
  ]);
});

test('attempts that want a token at the same time share one fetch, and other credentials have another', async () => {
  const attempts = Array.from({ length: 20 }, () => client.attempt(nodeWith(), message, { timeout: 5 }));
  const other = client.attempt(nodeWith({ clientId: 'others' }), message, { timeout: 5 });
  for (const { outcome } of await Promise.all([...attempts, other])) expect(outcome).toBe('success');
  expect(server.requests).toHaveLength(2);
  expect(new Set(shown())).toEqual(new Set(['Bearer token-1', 'Bearer token-2']));
});

test('a token that ends soon is not used to its last moment', async () => {
  const brief = await startTokenServer({ expiresIn: 0.001 });
  const node = nodeWith({ tokenUrl: brief.url });
  await client.attempt(node, message, { timeout: 5 });
  await client.attempt(node, message, { timeout: 5 });
  expect(shown()).toEqual(['Bearer token-1', 'Bearer token-2']);
  await brief.close();
});

test('a server that knows no secret in a header is shown it in the body, and from then on only there', async () => {
  const inBody = await startTokenServer({ knows: (_, form) => form.get('client_secret') === 'a s+cret/' });
  const node = nodeWith({ tokenUrl: inBody.url });
  expect(await client.attempt(node, message, { timeout: 5 })).toMatchObject({ outcome: 'success' });
  expect(inBody.forms().map((form) => form.get('client_id'))).toEqual([null, 'us']);
  receiver.answer([{ status: 401 }, {}]);
  expect(await client.attempt(node, message, { timeout: 5 })).toMatchObject({ outcome: 'success' });
  expect(inBody.forms().map((form) => form.get('client_id'))).toEqual([null, 'us', 'us']);
  await inBody.close();
});

describe('a token that the node does not take', () => {
  test('is fetched anew, once, within the same attempt', async () => {
    await client.attempt(nodeWith(), message, { timeout: 5 });
    receiver.answer([{ status: 401 }, { status: 200 }]);
    expect(await client.attempt(nodeWith(), message, { timeout: 5 })).toMatchObject({
      outcome: 'success',
      status: 200,
    });
    expect(shown()).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-2']);
  });

  test('is a 401 when the next one is not taken either', async () => {
    receiver.answer({ status: 401 });
    expect(await client.attempt(nodeWith(), message, { timeout: 5 })).toMatchObject({
      outcome: 'http-error',
      status: 401,
    });
    expect(shown()).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  test('is a 401 when there is no other', async () => {
    await client.attempt(nodeWith(), message, { timeout: 5 });
    receiver.answer({ status: 401 });
    server.refuse({ status: 400, error: 'invalid_scope' });
    expect(await client.attempt(nodeWith(), message, { timeout: 5 })).toMatchObject({
      outcome: 'http-error',
      status: 401,
    });
    expect(receiver.requests).toHaveLength(2);
  });
});

describe('without a token nothing is sent, and the attempt tells why', () => {
  test('the server refuses', async () => {
    server.refuse({ status: 400, error: 'invalid_scope' });
    const result = await client.attempt(nodeWith(), message, { timeout: 5 });
    expect(result).toMatchObject({ outcome: 'auth-error', status: null, body: null });
    expect(result.error).toBe(`the token server ${new URL(server.url).host} answered 400 (invalid_scope)`);
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ['no JSON', 'nonsense'],
    ['no token', '{"token_type":"Bearer"}'],
    ['another type of token', '{"access_token":"x","token_type":"mac"}'],
    ['a token that would end its header', '{"access_token":"x\\r\\ny: z"}'],
  ])('the server answers %s', async (_, body) => {
    const wrong = await startTestNode({ script: { body } });
    const result = await client.attempt(nodeWith({ tokenUrl: wrong.url }), message, { timeout: 5 });
    expect(result).toMatchObject({ outcome: 'auth-error', status: null });
    expect(result.error).toMatch(/answered 200 without a bearer token$/);
    await wrong.close();
  });

  test('the server never answers: the budget of the attempt holds', async () => {
    const deaf = await startTestNode({ script: { fault: 'hang' } });
    const result = await client.attempt(nodeWith({ tokenUrl: deaf.url }), message, { timeout: 0.2 });
    expect(result).toMatchObject({
      outcome: 'timeout',
      status: null,
      error: 'no token within the time for the attempt',
    });
    await deaf.close();
  });

  test('the attempt is given up while the token is awaited', async () => {
    const deaf = await startTestNode({ script: { fault: 'hang' } });
    const giveUp = new AbortController();
    const attempt = client.attempt(nodeWith({ tokenUrl: deaf.url }), message, { timeout: 60, signal: giveUp.signal });
    const refused = expect(attempt).rejects.toThrow('enough');
    await deaf.waitFor(1);
    giveUp.abort(new Error('enough'));
    await refused;
    await deaf.close();
  });

  test('the server redirects: it is not followed', async () => {
    const elsewhere = await startTestNode({ script: { status: 307, headers: { location: server.url } } });
    const result = await client.attempt(nodeWith({ tokenUrl: elsewhere.url }), message, { timeout: 5 });
    expect(result).toMatchObject({ outcome: 'auth-error', status: null });
    expect(server.requests).toHaveLength(0);
    await elsewhere.close();
  });

  test('the server answers without end', async () => {
    const endless = await startTestNode({ script: { fault: 'endless-body' } });
    const result = await client.attempt(nodeWith({ tokenUrl: endless.url }), message, { timeout: 10 });
    expect(result).toMatchObject({ status: null });
    expect(['auth-error', 'connection-error']).toContain(result.outcome);
    await endless.close();
  });
  afterEach(() => expect(receiver.requests).toHaveLength(0));
});

describe('the egress guard holds for the token server', () => {
  const clientWhere = (allow: readonly string[], addresses: readonly string[]) =>
    createNodeClient({ allow, lookUp: () => Promise.resolve(addresses) });

  test.each([
    'http://10.0.0.1/token',
    'http://169.254.169.254/token',
    'http://[::ffff:10.0.0.1]/token',
    'http://0x0a.1/token',
  ])('%s is not asked', async (tokenUrl) => {
    const result = await client.attempt(nodeWith({ tokenUrl }), message, { timeout: 5 });
    expect(result).toMatchObject({ outcome: 'egress-denied', status: null });
  });

  test('nor is a name that resolves to an address which may not be reached', async () => {
    const guarded = clientWhere([], ['127.0.0.1']);
    const tokenUrl = server.url.replace('127.0.0.1', 'tokens.example');
    const result = await guarded.attempt(nodeWith({ tokenUrl }), message, { timeout: 5 });
    expect(result).toMatchObject({ outcome: 'egress-denied', status: null });
    expect(result.error).toContain('tokens.example');
    expect(server.requests).toHaveLength(0);
    await guarded.close();
  });

  test('a name that resolves to one which may is', async () => {
    const open = clientWhere(['127.0.0.1'], ['127.0.0.1']);
    const tokenUrl = server.url.replace('127.0.0.1', 'tokens.example');
    expect(await open.attempt(nodeWith({ tokenUrl }), message, { timeout: 5 })).toMatchObject({ outcome: 'success' });
    await open.close();
  });
});

test('a token server with a certificate of its own authority is trusted by the credentials that name it only', async () => {
  const secure = await startTokenServer({ tls: 'good' });
  const without = await client.attempt(nodeWith({ tokenUrl: secure.url }), message, { timeout: 5 });
  expect(without).toMatchObject({ outcome: 'tls-error', status: null });
  const withIt = await client.attempt(nodeWith({ tokenUrl: secure.url, ca: secure.ca }), message, { timeout: 5 });
  expect(withIt).toMatchObject({ outcome: 'success' });
  await secure.close();
});

test('closing waits for an attempt that waits for its token', async () => {
  const attempt = client.attempt(nodeWith(), message, { timeout: 5 });
  await client.close();
  expect(await Promise.race([attempt, Promise.resolve('not yet')])).toMatchObject({ outcome: 'success' });
});
