import { createPublicKey, generateKeyPairSync, hash, hkdfSync, randomUUID } from 'node:crypto';
import { makeAuthority, startTestNode, startTestPostgres, type TestNode, type TestPostgres } from '#testkit';
import { startSystem, testConfig, type TestSystem } from '../../system/index.ts';
import { FORGERIES, signHmac, signRsa, type TokenKind } from './forgeries.ts';

// Each forgery on each kind of token, at a real ingress.
const authority = makeAuthority();
const us = authority.makeParty('EU.EORI.NL000000001');
const party = authority.makeParty('EU.EORI.NL000000002');
const stranger = makeAuthority('Stranger').makeParty(party.id);
const provider = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const own = {
  privateKey: stranger.privateKey,
  jwk: createPublicKey(stranger.privateKey).export({ format: 'jwk' }),
  x5c: stranger.x5c,
};
const pemOf = (key: ReturnType<typeof createPublicKey>) => key.export({ type: 'spki', format: 'pem' }).toString();

let postgres: TestPostgres;
let issuer: TestNode;
let system: TestSystem;
let userId: string;
beforeAll(async () => {
  postgres = await startTestPostgres();
  issuer = await startTestNode();
  const jwk = { ...provider.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' };
  issuer.answer({ body: JSON.stringify({ keys: [jwk] }) });
  const { id, privateKey, certificates } = us;
  const security = {
    oidc: { issuer: issuer.url, audience: 'orchestrator', jwks: `${issuer.url}/jwks`, admin: 'boss' },
    ishare: { id, privateKey, certificates, roots: authority.root },
  };
  system = await startSystem({ databaseUrl: postgres.url, queueUrl: 'database' }, { config: { security }, workers: 0 });
  await system.register(party.id, { url: 'http://127.0.0.1:9/', subscriptions: [] });
  const [user] = await system.query(`SELECT id FROM "user" WHERE username = 'admin'`);
  userId = String(user?.['id']);
});
afterAll(async () => {
  await system.stop();
  await issuer.close();
  await postgres.stop();
});

const now = () => Math.floor(Date.now() / 1_000);

function userTokens(): TokenKind {
  const key = Buffer.from(hkdfSync('sha256', testConfig({}).security.secret ?? '', '', 'user tokens', 32));
  const kid = hash('sha256', key, 'hex').slice(0, 16);
  const [iss, aud] = ['urn:distribution-orchestrator', 'urn:distribution-orchestrator:api'];
  return {
    own,
    right: () => ({
      header: { alg: 'HS256', typ: 'JWT', kid },
      claims: { iss, aud, sub: userId, iat: now(), exp: now() + 60 },
    }),
    sign: (parts) => signHmac(parts, key),
  };
}

const providerTokens: TokenKind = {
  own,
  publicKey: pemOf(provider.publicKey),
  right: () => ({
    header: { alg: 'RS256', typ: 'JWT', kid: 'k1' },
    claims: { iss: issuer.url, aud: 'orchestrator', sub: 'ann', roles: ['boss'], iat: now(), exp: now() + 60 },
  }),
  sign: (parts) => signRsa(parts, provider.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
};

const assertions: TokenKind = {
  own,
  publicKey: pemOf(createPublicKey(party.privateKey)),
  right: () => ({
    header: { alg: 'RS256', typ: 'JWT', x5c: party.x5c },
    claims: { iss: party.id, sub: party.id, aud: us.id, jti: randomUUID(), iat: now(), exp: now() + 30 },
  }),
  sign: (parts) => signRsa(parts, party.privateKey),
};

/** Shows it where a user's would be. */
async function asBearer(token: string): Promise<number> {
  // What a header can't hold never gets here.
  const headers = { authorization: `Bearer ${token.replaceAll('\n', '%0A')}` };
  return (await system.call('GET', '/api/v1/users', { key: null, headers })).status;
}

async function asAssertion(token: string): Promise<number> {
  // Wrong ones are counted by name: each of these is the first.
  await system.query('DELETE FROM log_in_limit');
  const body = {
    grant_type: 'client_credentials',
    client_id: party.id,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: token,
  };
  return (await system.call('POST', '/connect/token', { key: null, body })).status;
}

describe.each<[string, () => TokenKind, (token: string) => Promise<number>]>([
  ["a user's token", userTokens, asBearer],
  ["a provider's token", () => providerTokens, asBearer],
  ['a client assertion', () => assertions, asAssertion],
])('%s', (_, kindOf, statusOf) => {
  test('is accepted when all is right', async () => {
    const kind = kindOf();
    expect(await statusOf(kind.sign(kind.right()))).toBe(200);
  });

  test.each(Object.entries(FORGERIES))('with %s is refused', async (_name, forge) => {
    expect(await statusOf(forge(kindOf()))).toBe(401);
  });
});

test('nobody asked a place that a token named', () => {
  expect(new Set(issuer.requests.map(({ path }) => path))).toEqual(new Set(['/jwks']));
});
