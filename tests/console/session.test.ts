import { startTestPostgres, type TestPostgres } from '#testkit';
import { startSystem, type TestSystem } from '../system/index.ts';

// Signing in with a browser: the cookie, and what it is good for.

let postgres: TestPostgres;
let system: TestSystem;
beforeAll(async () => {
  postgres = await startTestPostgres();
  system = await startSystem({ databaseUrl: await postgres.createDatabase(), queueUrl: 'database' }, { workers: 0 });
});
afterAll(async () => {
  await system.stop();
  await postgres.stop();
});

const RIGHT = { username: 'admin', password: 'only for the tests' };

function signIn(body: unknown = RIGHT) {
  return fetch(`${system.url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function cookie(): Promise<string> {
  const [pair = ''] = (await signIn()).headers.get('set-cookie')?.split(';') ?? [];
  return pair;
}

/** Pauses a node, as a page somewhere would. */
async function pause(headers: Record<string, string>): Promise<number> {
  return (await fetch(`${system.url}/api/v1/nodes/nobody/pause`, { method: 'POST', headers })).status;
}

test('the cookie is out of every script’s reach, goes to every path, and to no other site', async () => {
  const response = await signIn();
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ username: 'admin', role: 'admin' });
  expect(response.headers.get('set-cookie')).toMatch(
    /^orchestrator_session=[\w.-]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
  );
});

test('a wrong password gets no cookie', async () => {
  const response = await signIn({ ...RIGHT, password: 'no' });
  expect(response.status).toBe(401);
  expect(response.headers.get('set-cookie')).toBeNull();
});

test('the cookie says who one is, wherever a token would', async () => {
  const headers = { cookie: `theme=dark; ${await cookie()}` };
  const session = await fetch(`${system.url}/api/v1/session`, { headers });
  expect(await session.json()).toEqual({ username: 'admin', role: 'admin' });
  expect((await fetch(`${system.url}/api/v1/users`, { headers })).status).toBe(200);
});

test('without the cookie, and with one that is not ours, nobody is signed in', async () => {
  for (const value of ['', 'orchestrator_session=', 'orchestrator_session=e30.e30.e30', 'theme=dark']) {
    expect((await fetch(`${system.url}/api/v1/session`, { headers: { cookie: value } })).status).toBe(401);
  }
});

test('what changes something must come from a page of ours', async () => {
  const session = { cookie: await cookie() };
  const { host } = new URL(system.url);
  // 404: it got as far as looking for the node.
  expect(await pause({ ...session, 'sec-fetch-site': 'same-origin' })).toBe(404);
  expect(await pause({ ...session, origin: `http://${host}` })).toBe(404);
  for (const site of ['cross-site', 'same-site', 'none']) {
    expect(await pause({ ...session, 'sec-fetch-site': site, origin: `http://${host}` })).toBe(403);
  }
  expect(await pause({ ...session, origin: 'https://evil.example' })).toBe(403);
  expect(await pause({ ...session, origin: 'null' })).toBe(403);
  expect(await pause(session)).toBe(403);
});

test('a token is not held to the rules of pages', async () => {
  const { status } = await system.call('POST', '/api/v1/nodes/nobody/pause', {
    headers: { origin: 'https://tool.example' },
  });
  expect(status).toBe(404);
});

test('a deleted user’s session is worth nothing', async () => {
  const person = { username: 'temp', password: 'long enough' };
  const made = await system.call('POST', '/api/v1/users', { body: { ...person, role: 'viewer' } });
  const [pair = ''] = (await signIn(person)).headers.get('set-cookie')?.split(';') ?? [];
  const asThem = () => fetch(`${system.url}/api/v1/stats`, { headers: { cookie: pair } });
  expect((await asThem()).status).toBe(200);
  await system.call('DELETE', `/api/v1/users/${(made.body as { id: string }).id}`);
  expect((await asThem()).status).toBe(401);
});

test('signing out takes the cookie away', async () => {
  const response = await fetch(`${system.url}/api/v1/session`, { method: 'DELETE' });
  expect(response.status).toBe(204);
  expect(response.headers.get('set-cookie')).toMatch(
    /^orchestrator_session=; Path=\/; Max-Age=0; HttpOnly; SameSite=Strict$/,
  );
});

test('other methods are refused with those that are possible', async () => {
  const { status, headers } = await system.call('PUT', '/api/v1/session', { body: {} });
  expect([status, headers.get('allow')]).toEqual([405, 'POST, DELETE, GET']);
});

test('guesses count together with those at /token', async () => {
  const guess = { username: 'guessed', password: 'wrong' };
  for (let i = 0; i < 5; i += 1) expect((await signIn(guess)).status).toBe(401);
  const form = () => new URLSearchParams({ grant_type: 'password', ...guess });
  for (let i = 0; i < 5; i += 1) {
    expect((await fetch(`${system.url}/api/v1/token`, { method: 'POST', body: form() })).status).toBe(401);
  }
  const refused = await signIn(guess);
  expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true]);
});
