import { startApp, type AppUnderTest, type TestRequest } from './app-under-test.ts';

let app: AppUnderTest;
beforeEach(async () => {
  app = await startApp();
});
afterEach(() => app.stop());

const get = (path: string, more: Partial<TestRequest> = {}) => app.send({ method: 'GET', path, ...more });

test.each(['/healthz', '/readyz'])('%s needs no credentials', async (path) => {
  expect((await get(path)).status).toBe(200);
});

test('management routes know who asks, and strangers get 401', async () => {
  const answer = await get('/api/v1/who', { headers: { 'x-api-key': 'key-of-customs' } });
  expect(answer.json()).toEqual({ kind: 'node', nodeId: 'customs' });
  expect((await get('/api/v1/who')).status).toBe(401);
  expect((await get('/api/v1/no-such-thing')).status).toBe(401);
});

test('what is not there is a problem document', async () => {
  const headers = { 'x-api-key': 'key-of-customs' };
  for (const path of ['/no-such-thing', '/api/message/x', '/api/v1/no-such-thing']) {
    const answer = await get(path, { headers });
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.json()).toMatchObject({ type: 'urn:problem:not-found', title: 'Not Found', status: 404 });
  }
});

test.each(['/api/message', '//api/message', '/api/v1/messages/batch', '/api/v1/events'])(
  '%s takes POST only',
  async (path) => {
    const answer = await get(path);
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('POST');
  },
);

test('a path that can not be decoded is a 400', async () => {
  const answer = await get('/api/v1/things/%zz', { headers: { 'x-api-key': 'key-of-customs' } });
  expect(answer.status).toBe(400);
  expect(answer.json()).toMatchObject({ type: 'urn:problem:bad-request' });
});

describe('a management call', () => {
  const post = (role: string, body: string, type = 'application/json') => {
    const headers = { authorization: `Bearer ${app.tokenOf(role)}`, 'content-type': type };
    return app.send({ path: '/api/v1/things', headers, body });
  };

  test('is for the roles it names', async () => {
    expect((await post('admin', '{"a":[1]}')).json()).toEqual({ a: [1] });
    expect((await post('operator', '{}')).status).toBe(403);
    const headers = { 'x-api-key': 'key-of-customs', 'content-type': 'application/json' };
    expect((await app.send({ path: '/api/v1/things', headers, body: '{}' })).status).toBe(403);
  });

  test.each([
    ['no JSON', '{', 400],
    ['no object', '[]', 400],
    ['a key that objects inherit', '{"a":{"__proto__":1}}', 400],
    ['more than its limit', `{"a":"${'a'.repeat(100)}"}`, 413],
  ])('with %s is refused', async (_name, body, status) => {
    expect((await post('admin', body)).status).toBe(status);
  });

  test('in another media type is refused', async () => {
    expect((await post('admin', '{}', 'text/plain')).status).toBe(415);
  });
});

test('an error that nobody expected is reported in full and answered without a word of it', async () => {
  const answer = await get('/metrics');
  expect(answer.status).toBe(500);
  expect(answer.json()).toMatchObject({ type: 'urn:problem:internal-error', status: 500 });
  expect(answer.text).not.toContain('secret');
  const [event] = app.events.filter(({ level }) => level === 'error');
  expect(event).toMatchObject({ event: 'request.failed', facts: { path: '/metrics' } });
  expect(String(event?.facts?.error)).toContain('a secret detail');
});

test("answers don't say what they are made with, and can not be framed or guessed at", async () => {
  const answer = await get('/no-such-thing');
  expect(answer.headers).not.toHaveProperty('x-powered-by');
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  expect(answer.headers['x-frame-options']).toBeDefined();
});
