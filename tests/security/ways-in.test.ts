import { generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { startTestNode, startTestPostgres, type TestNode, type TestPostgres } from '#testkit';
import { startSystem, type TestSystem } from '../system/index.ts';

// An OpenID provider, a connector in front, and limits, at a real ingress.
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' };

let postgres: TestPostgres;
let provider: TestNode;
let system: TestSystem;

beforeAll(async () => {
  postgres = await startTestPostgres();
  provider = await startTestNode();
  const { url } = provider;
  provider.answer(({ path }) => ({
    body: JSON.stringify(path === '/jwks' ? { keys: [jwk] } : { issuer: url, jwks_uri: `${url}/jwks` }),
  }));
  const security = {
    oidc: { issuer: url, audience: 'orchestrator', claim: 'realm_access.roles', admin: 'boss' },
    connector: { addresses: ['127.0.0.0/8'] },
  };
  system = await startSystem({ databaseUrl: postgres.url, queueUrl: 'database' }, { config: { security }, workers: 0 });
});
afterAll(async () => {
  await system.stop();
  await provider.close();
  await postgres.stop();
});

const now = () => Math.floor(Date.now() / 1_000);

function tokenOf(claims: object = {}, options: jwt.SignOptions = {}): string {
  const good = { iss: provider.url, aud: 'orchestrator', sub: 'ann', iat: now(), exp: now() + 60 };
  const roles = { realm_access: { roles: ['boss', 'viewer'] } };
  const payload = Object.entries({ ...good, ...roles, ...claims }).filter(([, value]) => value !== undefined);
  return jwt.sign(Object.fromEntries(payload), privateKey, { algorithm: 'RS256', keyid: 'k1', ...options });
}

async function statusOf(token: string, path = '/api/v1/users'): Promise<number> {
  return (await system.call('GET', path, { key: null, headers: { authorization: `Bearer ${token}` } })).status;
}

describe('a token of the provider', () => {
  test('gives the highest of the roles that its claim names', async () => {
    expect(await statusOf(tokenOf())).toBe(200);
    const viewer = tokenOf({ realm_access: { roles: ['viewer', 'something'] } });
    expect(await statusOf(viewer)).toBe(403);
    expect(await statusOf(viewer, '/api/v1/nodes')).toBe(200);
  });

  test.each<[string, () => string]>([
    ['without a role', () => tokenOf({ realm_access: { roles: ['admin'] } })],
    ['without the claim', () => tokenOf({ realm_access: undefined })],
    ['for another audience', () => tokenOf({ aud: 'other' })],
    ['for several audiences', () => tokenOf({ aud: ['orchestrator', 'other'] })],
    ['of another issuer', () => tokenOf({ iss: 'https://other.example' })],
    ['that has ended', () => tokenOf({ iat: now() - 60, exp: now() - 1 })],
    ['without an end', () => tokenOf({ exp: undefined })],
    ['from the future', () => tokenOf({ iat: now() + 60, exp: now() + 120 })],
    ['with a key of its own', () => tokenOf({}, { header: { alg: 'RS256', jwk } as unknown as jwt.JwtHeader })],
    [
      'with a place for keys',
      () => tokenOf({}, { header: { alg: 'RS256', jku: provider.url } as unknown as jwt.JwtHeader }),
    ],
    ['signed by a key of nobody', () => tokenOf({}, { keyid: 'k2' })],
    [
      'signed by a shared secret',
      () =>
        jwt.sign(
          { iss: provider.url, aud: 'orchestrator', sub: 'ann', exp: now() + 60 },
          publicKey.export({ type: 'spki', format: 'pem' }),
          { keyid: 'k1' },
        ),
    ],
    ['without a signature', () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${tokenOf().split('.')[1]}.`],
  ])('%s is refused', async (_, token) => {
    expect(await statusOf(token())).toBe(401);
  });
});

describe('behind a connector', () => {
  test('the node that it names is who asks, by id or by DID', async () => {
    await system.register('customs', { url: 'http://127.0.0.1:9/', did: 'did:ishare:EU.EORI.NL000000007' });
    for (const name of ['customs', 'EU.EORI.NL000000007', 'did:ishare:EU.EORI.NL000000007']) {
      const headers = { 'x-bdi-client-id': name };
      expect((await system.call('GET', '/api/v1/messages', { key: null, headers })).status).toBe(200);
      expect((await system.call('GET', '/api/v1/nodes', { key: null, headers })).status).toBe(403);
    }
    const unknown = { 'x-bdi-client-id': 'nobody' };
    expect((await system.call('GET', '/api/v1/messages', { key: null, headers: unknown })).status).toBe(401);
    const wrongKey = { 'x-bdi-client-id': 'customs' };
    expect((await system.call('GET', '/api/v1/messages', { key: 'wrong', headers: wrongKey })).status).toBe(401);
  });

  test('from any other address the header says nothing, whatever X-Forwarded-For says', async () => {
    const security = { connector: { addresses: ['10.0.0.0/8'] }, limits: { key: 5, address: 50 } };
    const backEnd = { databaseUrl: postgres.url, queueUrl: 'database' };
    const strict = await startSystem(backEnd, { config: { security }, workers: 0 });
    const headers = { 'x-bdi-client-id': 'customs', 'x-forwarded-for': '10.0.0.1' };
    expect((await strict.call('GET', '/api/v1/messages', { key: null, headers })).status).toBe(401);
    const calls = Array.from({ length: 40 }, () => strict.call('GET', '/api/v1/nodes'));
    const answers = await Promise.all(calls);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    // No site of another origin may read an answer.
    const cors = await strict.call('OPTIONS', '/api/v1/nodes', {
      key: null,
      headers: { origin: 'https://evil.example' },
    });
    expect(cors.headers.get('access-control-allow-origin')).toBeNull();
    await strict.stop();
  });
});

test('a key is worth nothing once its time has come', async () => {
  await system.register('terminal', { url: 'http://127.0.0.1:9/' });
  const past = { name: 'x', expiresAt: '2020-01-01T00:00:00Z' };
  expect((await system.call('POST', '/api/v1/nodes/terminal/keys', { body: past })).status).toBe(400);
  const future = { name: 'x', expiresAt: '2999-01-01T00:00:00Z' };
  const made = await system.call('POST', '/api/v1/nodes/terminal/keys', { body: future });
  const { id, key } = made.body as { id: string; key: string };
  await system.query(`UPDATE node_key SET expires_at = now() - interval '1 second' WHERE id = $1`, [id]);
  expect((await system.call('GET', '/api/v1/messages', { key })).status).toBe(401);
  await system.query(`UPDATE node_key SET expires_at = now() + interval '1 minute' WHERE id = $1`, [id]);
  expect((await system.call('GET', '/api/v1/messages', { key })).status).toBe(200);
});

test('wrong log-ins are counted for the whole fleet', async () => {
  const other = await startSystem({ databaseUrl: postgres.url, queueUrl: 'database' }, { workers: 0 });
  const login = { grant_type: 'password', username: 'guessed', password: 'wrong' };
  const statuses: number[] = [];
  for (const at of [system, other, system, other, system, other, system, other, system, other, system, other]) {
    statuses.push((await at.call('POST', '/api/v1/token', { key: null, body: login })).status);
  }
  expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429]);
  await other.stop();
});
