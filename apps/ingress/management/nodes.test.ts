import { parseWebhookSecret } from '#core';
import { recordingReport, startTestPostgres, type TestPostgres } from '#testkit';
import { startManagement, type ManagementUnderTest } from './management-under-test.ts';

const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const plain = { url: 'https://customs.example/inbox', protocol: 'webhook' };
const full = {
  ...plain,
  did: 'did:web:customs.example',
  name: 'Customs',
  auth: { type: 'api-key', header: 'x-key', value: 'canary-credential' },
  secret,
  ordering: 'fifo',
  paused: true,
  subscriptions: ['container.*', 'customs.>'],
  policy: { batch: 5, timeout: 0.5, retry: { delay: { fixed: 1 }, max: 3 } },
};

let postgres: TestPostgres;
let api: ManagementUnderTest;
beforeAll(async () => {
  postgres = await startTestPostgres();
  api = await startManagement(postgres.url, recordingReport());
});
beforeEach(() => api.clear());
afterAll(async () => {
  await api.stop();
  await postgres.stop();
});

const put = (id: string, body: unknown, as = 'admin') => api.call('put', `/nodes/${id}`, { body, as });

describe('a node', () => {
  test('is created with 201, replaced with 200, and shown without its secret and credentials', async () => {
    const created = await put('customs', full);
    expect(created.status).toBe(201);
    const shown = { ...full, id: 'customs', auth: { type: 'api-key', header: 'x-key' }, secret: undefined };
    expect(created.body).toEqual(shown);
    expect(created.body).not.toHaveProperty('secret');
    expect((await put('customs', full)).status).toBe(200);
    expect((await api.call('get', '/nodes/customs')).body).toEqual(shown);
    expect((await api.call('get', '/nodes')).body).toEqual({ items: [shown], next: null });
  });

  test('that is read can be written back, and keeps its secret and its pause', async () => {
    await put('customs', { ...full, auth: undefined });
    const { body } = await api.call('get', '/nodes/customs', { as: 'operator' });
    expect((await put('customs', body, 'operator')).status).toBe(200);
    expect(await api.ports.nodes.getDeliverable('customs')).toMatchObject({
      secrets: [{ value: secret, until: null }],
      paused: true,
    });
  });

  test('is changed where PATCH says so and nowhere else, is paused, resumed and deleted', async () => {
    await put('customs', full);
    const { body } = await api.call('patch', '/nodes/customs', { body: { name: 'Douane', policy: { batch: null } } });
    expect(body).toMatchObject({ name: 'Douane', did: full.did, policy: { timeout: 0.5, retry: full.policy.retry } });
    expect((await api.call('post', '/nodes/customs/resume')).body).toMatchObject({ paused: false });
    expect((await api.call('post', '/nodes/customs/pause')).body).toMatchObject({ paused: true });
    expect((await api.call('delete', '/nodes/customs')).status).toBe(204);
    expect((await api.call('get', '/nodes/customs')).status).toBe(404);
  });

  test('is looked at for work after it was put, changed or resumed', async () => {
    await put('customs', plain);
    await api.call('patch', '/nodes/customs', { body: { url: 'https://moved.example' } });
    await api.call('post', '/nodes/customs/resume');
    expect(api.woken).toEqual([['customs'], ['customs'], ['customs']]);
  });

  test('whose DID another has is refused with 409', async () => {
    await put('customs', full);
    const { status, body } = await put('other', full);
    expect(status).toBe(409);
    expect(body).toMatchObject({ type: 'urn:problem:name-taken', status: 409 });
  });

  test.each([
    ['no url', { protocol: 'webhook' }, 'url'],
    ['an unknown protocol', { ...plain, protocol: 'ftp' }, 'protocol'],
    ['a member that nobody knows', { ...plain, sercet: 'x' }, 'sercet'],
    ['a secret that is none', { ...plain, secret: 'whsec_short' }, 'secret'],
    ['an authentication that nobody knows', { ...plain, auth: { type: 'kerberos' } }, 'auth.type'],
    [
      'an authentication without its secret',
      { ...plain, auth: { type: 'oauth2', tokenUrl: 'x' } },
      'auth.clientSecret',
    ],
    ['half an authentication', { ...plain, auth: { type: 'basic', username: 'x' } }, 'auth.password'],
    ['a DID that is none', { ...plain, did: 'customs' }, 'did'],
    ['a pattern that is none', { ...plain, subscriptions: ['a.>.b'] }, 'subscriptions[0]'],
    ['a batch of 0', { ...plain, policy: { batch: 0 } }, 'policy.batch'],
    ['a delay of 0', { ...plain, policy: { retry: { delay: { fixed: 0 } } } }, 'policy.retry.delay.fixed'],
    ['another id than the path', { ...plain, id: 'port' }, 'id'],
  ])('with %s is refused with 400, and the place is named', async (_what, input, path) => {
    const { status, body } = await put('customs', input);
    expect(status).toBe(400);
    expect(body['errors']).toContainEqual({ path, message: expect.any(String) });
    expect((await api.call('get', '/nodes')).body.items).toEqual([]);
  });

  test('shows of oauth2, ishare and certificates what is no secret', async () => {
    const tokenUrl = 'https://tokens.example/token';
    const oauth2 = { type: 'oauth2', tokenUrl, clientId: 'us', clientSecret: 'canary-secret' };
    const tls = { ca: 'a certificate', certificate: 'a certificate', privateKey: 'canary-key' };
    const { body } = await put('customs', { ...plain, auth: oauth2, tls });
    expect(body['auth']).toEqual({ type: 'oauth2', tokenUrl, clientId: 'us' });
    expect(body['tls']).toEqual({ ...tls, privateKey: true });
    const ishare = { type: 'ishare', tokenUrl, partyId: 'EU.EORI.NL000000002' };
    expect((await put('customs', { ...plain, auth: ishare })).body['auth']).toEqual(ishare);
  });

  test('whose URL the node client refuses is refused with its reason', async () => {
    api.mistake = 'expected http or https, got ftp';
    const { status, body } = await put('customs', plain);
    expect(status).toBe(400);
    expect(body['errors']).toEqual([{ path: 'url', message: api.mistake }]);
  });

  test.each(['a,b', 'a b', '', 'x'.repeat(256), '😀'])('can not be called %j', async (id) => {
    const { status } = await put(encodeURIComponent(id) || '%20', plain);
    expect(status).toBe(400);
    expect((await api.call('get', `/nodes/${encodeURIComponent(id) || '%20'}`)).status).toBe(404);
  });

  test('gets a secret from administrators only; anything else from operators, too', async () => {
    expect((await put('customs', { ...plain, secret }, 'operator')).status).toBe(403);
    expect((await put('customs', { ...plain, auth: full.auth }, 'operator')).status).toBe(201);
    expect((await api.call('patch', '/nodes/customs', { as: 'operator', body: { secret: null } })).status).toBe(403);
    expect((await api.call('patch', '/nodes/customs', { body: { secret } })).status).toBe(200);
  });
});

test('all that is wrong with a body is told at once', async () => {
  const { body } = await put('customs', { url: 1, protocol: 'x', name: '', extra: true });
  expect((body['errors'] as { path: string }[]).map(({ path }) => path).sort()).toEqual([
    'extra',
    'name',
    'protocol',
    'url',
  ]);
});

test.each([
  ['text', 'text/plain', '{}', 415],
  ['no type', '', '{}', 415],
  ['broken JSON', 'application/json', '{', 400],
  ['__proto__', 'application/json', '{"__proto__":{"admin":true}}', 400],
  ['a list', 'application/json', '[]', 400],
  ['too much', 'application/json', `{"name":"${'x'.repeat(100_000)}"}`, 413],
])('a body that is %s is refused', async (_what, type, body, status) => {
  expect((await api.call('put', '/nodes/customs', { body, headers: { 'content-type': type } })).status).toBe(status);
});

describe('rotating a secret', () => {
  test('makes a new one, shows it this once, and says until when both sign', async () => {
    await put('customs', full);
    const { body } = await api.call('post', '/nodes/customs/rotate-secret');
    expect(parseWebhookSecret(String(body['secret']))).toHaveLength(32);
    expect(Date.parse(String(body['previousUntil']))).toBeGreaterThan(Date.now());
    expect((await api.ports.nodes.getDeliverable('customs'))?.secrets).toEqual([
      { value: body['secret'], until: null },
      { value: secret, until: expect.any(Date) },
    ]);
  });

  test('takes a secret that is given, and ends the one before at once without an overlap', async () => {
    await put('customs', full);
    const newer = `whsec_${Buffer.alloc(24, 3).toString('base64')}`;
    const { body } = await api.call('post', '/nodes/customs/rotate-secret', { body: { secret: newer, overlap: 0 } });
    expect(body).toEqual({ secret: newer, previousUntil: null });
    expect((await api.ports.nodes.getDeliverable('customs'))?.secrets).toEqual([{ value: newer, until: null }]);
  });

  test('refuses a negative overlap and a node that is not there', async () => {
    await put('customs', full);
    expect((await api.call('post', '/nodes/customs/rotate-secret', { body: { overlap: -1 } })).status).toBe(400);
    expect((await api.call('post', '/nodes/nobody/rotate-secret')).status).toBe(404);
  });
});

test('a ping reaches the node with its secrets, and tells what came back', async () => {
  await put('customs', full);
  api.pong = {
    outcome: 'http-error',
    status: 503,
    duration: 12.5,
    error: 'answered 503',
    body: Buffer.from('<b>busy'),
  };
  const { body } = await api.call('post', '/nodes/customs/ping', { as: 'operator' });
  expect(body).toEqual({ ...api.pong, body: '<b>busy' });
  expect(api.pinged).toMatchObject([{ id: 'customs', secrets: [{ value: secret, until: null }], auth: full.auth }]);
});

describe('keys', () => {
  test('are shown once, listed by their beginning, found by their hash, and revoked', async () => {
    await put('customs', plain);
    const { status, body } = await api.call('post', '/nodes/customs/keys', { body: { name: 'gateway' } });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.any(String),
      name: 'gateway',
      key: expect.stringMatching(/^pyc_[\w-]{43}$/),
    });
    const { body: listed } = await api.call('get', '/nodes/customs/keys');
    expect(listed.items).toEqual([
      { id: body['id'], name: 'gateway', prefix: String(body['key']).slice(0, 10), lastUsedAt: null },
    ]);
    expect((await api.call('delete', `/nodes/other/keys/${String(body['id'])}`)).status).toBe(404);
    expect((await api.call('delete', `/nodes/customs/keys/${String(body['id'])}`)).status).toBe(204);
    expect((await api.call('get', '/nodes/customs/keys')).body.items).toEqual([]);
  });

  test('belong to a node that is there', async () => {
    expect((await api.call('post', '/nodes/nobody/keys', { body: { name: 'x' } })).status).toBe(404);
    expect((await api.call('get', '/nodes/nobody/keys')).status).toBe(404);
    expect((await api.call('delete', '/nodes/nobody/keys/x')).status).toBe(404);
  });

  test('are nowhere in the database', async () => {
    await put('customs', plain);
    const { body } = await api.call('post', '/nodes/customs/keys', { body: { name: 'gateway' } });
    const { rows } = await api.database.pool.query('SELECT k::text, l::text FROM node_key k, log_record l');
    expect(JSON.stringify(rows)).not.toContain(String(body['key']).slice(10));
  });
});
