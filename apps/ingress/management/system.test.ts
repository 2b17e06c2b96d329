import { randomFillSync } from 'node:crypto';
import { createUuidV7 } from '#core';
import { recordingReport, startTestPostgres, type TestPostgres } from '#testkit';
import { messageFor, startManagement, type ManagementUnderTest } from './management-under-test.ts';

const nextId = createUuidV7({ now: Date.now, fill: randomFillSync });
const newUser = { username: 'ann', password: 'correct horse', role: 'operator' };

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

describe('signing in', () => {
  const signIn = (body: unknown, type = 'application/json') =>
    api.call('post', '/token', { as: null, body, headers: { 'content-type': type } });
  const asForm = (fields: Record<string, string>) =>
    signIn(new URLSearchParams(fields).toString(), 'application/x-www-form-urlencoded');
  const grant = { grant_type: 'password', username: 'ann', password: newUser.password };

  beforeEach(() => api.call('post', '/users', { body: newUser }));

  test('works by form and by JSON', async () => {
    for (const answer of [await asForm({ ...grant, scope: 'ignored' }), await signIn(grant)]) {
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 3600 });
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
  });

  test('with a wrong password and with an unknown name is the same 401', async () => {
    const wrong = await signIn({ ...grant, password: 'wrong' });
    const unknown = await signIn({ ...grant, username: 'nobody' });
    expect([wrong.status, wrong.body]).toEqual([401, unknown.body]);
    expect(unknown.status).toBe(401);
  });

  test('in another way, or in none, is a 400', async () => {
    expect((await signIn({ ...grant, grant_type: 'client_credentials' })).status).toBe(400);
    expect((await signIn({ grant_type: 'password', username: 'ann' })).status).toBe(400);
    expect((await signIn('username=a&username=b', 'application/x-www-form-urlencoded')).status).toBe(400);
    expect((await signIn(JSON.stringify(grant), 'text/plain')).status).toBe(415);
  });

  test('with wrong passwords over and over is refused with 429, for that name only', async () => {
    const guess = { ...grant, username: 'guessed', password: 'wrong' };
    const statuses: number[] = [];
    for (let i = 0; i < 11; i += 1) statuses.push((await signIn(guess)).status);
    expect(statuses.at(-1)).toBe(429);
    expect((await signIn(grant)).status).toBe(200);
  });
});

describe('users', () => {
  const add = (change: object = {}) => api.call('post', '/users', { body: { ...newUser, ...change } });

  test('are added, shown without their password, changed and removed', async () => {
    const { status, body } = await add();
    expect(status).toBe(201);
    const shown = { username: 'ann', role: 'operator', id: expect.any(String) };
    expect(body).toEqual(shown);
    const path = `/users/${String(body['id'])}`;
    expect((await api.call('get', path)).body).toEqual(shown);
    expect((await api.call('get', '/users')).body.items).toEqual([shown]);
    const changed = await api.call('patch', path, { body: { role: 'viewer', password: 'another one' } });
    expect(changed.body).toEqual({ ...shown, role: 'viewer' });
    expect(await api.ports.users.verify('ann', 'another one')).toMatchObject({ role: 'viewer' });
    expect(await api.ports.users.verify('ann', newUser.password)).toBeNull();
    expect((await api.call('delete', path)).status).toBe(204);
    expect((await api.call('get', path)).status).toBe(404);
  });

  test('have names of their own', async () => {
    await add();
    expect((await add()).status).toBe(409);
    const { body } = await add({ username: 'bob' });
    expect((await api.call('patch', `/users/${String(body['id'])}`, { body: { username: 'ann' } })).status).toBe(409);
  });

  test('never lose their last administrator', async () => {
    const { body } = await add({ role: 'admin' });
    const path = `/users/${String(body['id'])}`;
    expect((await api.call('delete', path)).status).toBe(409);
    expect((await api.call('patch', path, { body: { role: 'viewer' } })).status).toBe(409);
    expect((await api.call('patch', path, { body: { role: 'admin', username: 'root' } })).status).toBe(200);
    await add({ username: 'second', role: 'admin' });
    expect((await api.call('delete', path)).status).toBe(204);
  });

  test.each([
    ['a short password', { password: 'short' }],
    ['no role', { role: undefined }],
    ['a role that is none', { role: 'root' }],
    ['a name with spaces around it', { username: ' ann' }],
    ['a name with a NUL', { username: 'a\u0000b' }],
  ])('with %s are refused', async (_what, change) => {
    expect((await add(change)).status).toBe(400);
  });
});

test('stats count deliveries by state, backlogs by node, and rates', async () => {
  await api.intake.storeAll([1, 2, 3].map(() => messageFor(['customs', 'port'], { id: nextId() })));
  await api.database.pool.query(`
    UPDATE delivery SET state = 'delivered', delivered_at = now() WHERE id = (SELECT min(id) FROM delivery)`);
  await api.database.pool.query(
    `UPDATE delivery SET due_at = now() - interval '90 s' WHERE id = (SELECT max(id) FROM delivery)`,
  );
  await api.database.pool.query(`UPDATE delivery SET due_at = now() + interval '1 h' WHERE node_id = 'customs'`);
  const { body } = await api.call('get', '/stats', { as: 'viewer' });
  expect(body).toEqual({
    deliveries: { pending: 5, delivered: 1, frozen: 0, cancelled: 0 },
    nodes: [
      { node: 'port', backlog: 3, oldestDueAge: expect.any(Number) },
      { node: 'customs', backlog: 2, oldestDueAge: 0 },
    ],
    rates: { accepted: 3 / 300, delivered: 1 / 300, frozen: 0 },
    workers: [{ id: 'worker-1', address: '127.0.0.1', since: '1970-01-01T00:00:00.000Z' }],
  });
  expect((body['nodes'] as { oldestDueAge: number }[])[0]?.oldestDueAge).toBeGreaterThanOrEqual(90);
});

test('a purge removes what is old, counts first when asked to, and is logged with who ran it', async () => {
  await api.intake.storeAll([1, 2].map(() => messageFor(['customs'], { id: nextId() })));
  await api.database.pool.query(`UPDATE delivery SET state = 'delivered', delivered_at = now() - interval '2 h'
    WHERE id = (SELECT min(id) FROM delivery)`);
  expect((await api.call('post', '/purge', { as: 'operator', body: { dryRun: true } })).body).toEqual({
    delivered: 1,
    frozen: 0,
    log: 0,
  });
  expect((await api.call('get', '/messages')).body.items).toHaveLength(2);
  expect((await api.call('post', '/purge', { as: 'operator' })).body).toEqual({ delivered: 1, frozen: 0, log: 0 });
  expect((await api.call('get', '/messages')).body.items).toHaveLength(1);
  expect((await api.call('get', '/log')).body.items).toMatchObject([
    { actor: 'user:operator', action: 'purge.finished' },
  ]);
});

test('the log tells who did what to which node, newest first, in pages', async () => {
  const node = { url: 'https://customs.example', protocol: 'webhook' };
  await api.call('put', '/nodes/customs', { body: node, as: 'operator' });
  await api.call('post', '/nodes/customs/keys', { body: { name: 'gateway' } });
  await api.call('put', '/nodes/port', { body: node });
  const first = await api.call('get', '/log?limit=2', { as: 'viewer' });
  const second = await api.call('get', `/log?limit=2&cursor=${first.body.next}`);
  expect([...first.body.items, ...second.body.items].map(({ actor, action, node }) => [actor, action, node])).toEqual([
    ['user:admin', 'node.created', 'port'],
    ['user:admin', 'key.created', 'customs'],
    ['user:operator', 'node.created', 'customs'],
  ]);
  expect((await api.call('get', '/log?node=port')).body.items).toHaveLength(1);
});

describe('the description', () => {
  test('is served to everyone, and has every route', async () => {
    const response = await fetch(`http://127.0.0.1:${api.port}/api/v1/openapi.json`);
    const document = (await response.json()) as { openapi: string; paths: Record<string, Record<string, object>> };
    expect(document.openapi).toBe('3.1.0');
    const described = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    const intake = ['/api/message', '/api/v1/messages', '/api/v1/messages/batch', '/api/v1/events'].map(
      (path) => `post ${path}`,
    );
    const routes = api.routes.map(({ method, base = '/api/v1', path }) => `${method} ${base}${path}`);
    expect(described.sort()).toEqual([...intake, ...routes].sort());
  });

  test('names each operation once, each parameter of its path, and what comes back', async () => {
    const response = await fetch(`http://127.0.0.1:${api.port}/api/v1/openapi.json`);
    const { paths } = (await response.json()) as { paths: Record<string, Record<string, Operation>> };
    const operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.values(item).map((one) => ({ path, ...one })),
    );
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { path, parameters, responses } of operations) {
      const inPath = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      expect(Object.keys(responses)).toContain('default');
      expect(JSON.stringify(responses)).not.toContain('"schema":{}');
    }
  });
});

interface Operation {
  operationId: string;
  parameters: { name: string; in: string }[];
  responses: Record<string, object>;
}
