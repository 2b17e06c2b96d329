import { createHash, createHmac, createPublicKey, randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { createClient } from '#client';
import {
  makeAuthority,
  startAssociationRegister,
  startTestPostgres,
  type AssociationRegister,
  type TestParty,
  type TestPostgres,
} from '#testkit';
import { read, startSystem, type TestSystem } from '../system/index.ts';
import { z } from 'zod';

// FAULTS.md, section 4, iSHARE: each rule broken once, at a real ingress, by assertions of a library that is not the one which checks.
const authority = makeAuthority();
const stranger = makeAuthority('Stranger');
const us = authority.makeParty('EU.EORI.NL000000001');
const client = authority.makeParty('EU.EORI.NL000000002');
const other = authority.makeParty('EU.EORI.NL000000003');
const unregistered = authority.makeParty('EU.EORI.NL000000004');
const suspended = authority.makeParty('EU.EORI.NL000000005');
const registerParty = authority.makeParty('EU.EORI.NL000000000');

let postgres: TestPostgres;
let register: AssociationRegister;
let system: TestSystem;
let second: TestSystem;
let alone: TestSystem;

beforeAll(async () => {
  postgres = await startTestPostgres();
  register = await startAssociationRegister(registerParty);
  for (const { id } of [client, other, unregistered]) register.parties.set(id, { status: 'Active' });
  register.parties.set(suspended.id, { status: 'Suspended' });
  register.trusted.set(authority.fingerprint, { validity: 'valid', status: 'granted' });
  const ishare = {
    id: us.id,
    privateKey: us.privateKey,
    certificates: us.certificates,
    roots: authority.root,
  };
  const withRegister = { ...ishare, register: { id: registerParty.id, url: register.url } };
  const backEnd = { databaseUrl: postgres.url, queueUrl: 'database' };
  system = await startSystem(backEnd, { config: { security: { ishare: withRegister } } });
  second = await startSystem(backEnd, { config: { security: { ishare: withRegister } }, workers: 0 });
  alone = await startSystem(backEnd, { config: { security: { ishare } }, workers: 0 });
  for (const { id } of [client, suspended]) await system.register(`node-of-${id}`, nodeFields(`did:ishare:${id}`));
  await system.register(other.id, nodeFields('did:web:other.example'));
});
afterAll(async () => {
  await Promise.all([system, second, alone].map((one) => one.stop()));
  await register.close();
  await postgres.stop();
});

const nodeFields = (did: string) => ({ did, url: 'http://127.0.0.1:9/', subscriptions: [] });

interface Change {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly algorithm?: jwt.Algorithm;
  readonly signer?: TestParty;
}

const now = () => Math.floor(Date.now() / 1_000);

function assertion(party: TestParty, { header, claims, algorithm = 'RS256', signer = party }: Change = {}): string {
  const iat = now();
  const good = { iss: party.id, sub: party.id, aud: us.id, jti: randomUUID(), iat, exp: iat + 30 };
  const payload = Object.fromEntries(Object.entries({ ...good, ...claims }).filter(([, value]) => value !== undefined));
  const all = { alg: algorithm, typ: 'JWT', x5c: [...party.x5c], ...header };
  const wanted = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return jwt.sign(payload, signer.key, {
    algorithm,
    header: wanted as unknown as jwt.JwtHeader,
    // Also takes away the one that is given.
    noTimestamp: payload['iat'] === undefined,
    allowInsecureKeySizes: true,
  });
}

async function ask(token: string, { id = client.id, at = system, path = '/connect/token' } = {}) {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    scope: 'iSHARE',
    client_id: id,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: token,
  });
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  return at.call('POST', path, { key: null, headers: type, body: form.toString() });
}

const answerSchema = z.strictObject({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.literal(3_600),
});

describe('a party that keeps to the rules', () => {
  test.each(['/connect/token', '/api/v1/token'])('gets a token at %s, and sends as its node with it', async (path) => {
    const { access_token: token } = read(await ask(assertion(client), { path }), [200], answerSchema);
    const { header, payload } = jwt.verify(token, createPublicKey(us.key), { algorithms: ['RS256'], complete: true });
    expect(header).toEqual({ alg: 'RS256', typ: 'at+jwt' });
    expect(payload).toMatchObject({ iss: us.id, aud: us.id, sub: client.id });
    const headers = { authorization: `Bearer ${token}` };
    const body = { type: 'container.gate-in', payload: {} };
    const sent = await system.call('POST', '/api/v1/messages', { key: null, headers, body });
    expect(sent.status).toBe(202);
    const { id } = sent.body as { id: string };
    expect(await system.message(id)).toMatchObject({ origin: `node-of-${client.id}` });
    const managing = await system.call('GET', '/api/v1/nodes', { key: null, headers });
    expect(managing.status).toBe(403);
    // Any process of the fleet takes it.
    expect((await second.call('GET', `/api/v1/messages/${id}`, { key: null, headers })).status).toBe(200);
  });

  test('sends by the client, which asks for an assertion with each token', async () => {
    const credentials = { party: client.id, assertion: () => assertion(client) };
    const sent = await createClient({ url: system.url, credentials }).intake.send({ type: 't', payload: 1 });
    expect(await system.message(sent.id)).toMatchObject({ origin: `node-of-${client.id}` });
  });

  test.each<jwt.Algorithm>(['RS256', 'RS384', 'RS512'])('may sign by %s', async (algorithm) => {
    expect((await ask(assertion(client, { algorithm }))).status).toBe(200);
  });

  test('may be a node by its id, too', async () => {
    expect((await ask(assertion(other), { id: other.id })).status).toBe(200);
  });

  test('may name us in a list of one', async () => {
    expect((await ask(assertion(client, { claims: { aud: [us.id] } }))).status).toBe(200);
  });

  test('needs no register where none is configured', async () => {
    expect((await ask(assertion(suspended), { id: suspended.id, at: alone })).status).toBe(200);
  });
});

const iat = now();
const BROKEN: [rule: string, token: () => string, id?: string][] = [
  ['an algorithm of another kind', () => assertion(client, { algorithm: 'PS256' })],
  ['no signature', () => unsigned(assertion(client))],
  ['an HMAC with the public key', () => hmac(client)],
  ['a header more', () => assertion(client, { header: { kid: 'x' } })],
  [
    'a key of its own in the header',
    () => assertion(client, { header: { jwk: createPublicKey(client.key).export({ format: 'jwk' }) } }),
  ],
  ['a place for keys in the header', () => assertion(client, { header: { jku: 'http://127.0.0.1/keys' } })],
  ['a critical header', () => assertion(client, { header: { crit: ['x'], x: 1 } })],
  ['no type', () => assertion(client, { header: { typ: null } })],
  ['another type', () => assertion(client, { header: { typ: 'at+jwt' } })],
  ['no certificates', () => assertion(client, { header: { x5c: undefined } })],
  ['certificates that are none', () => assertion(client, { header: { x5c: ['AAAA'] } })],
  ['the signature of another', () => assertion(client, { signer: other })],
  ['only its own certificate', () => assertion(client, { header: { x5c: client.x5c.slice(0, 1) } })],
  ['a chain without its root', () => assertion(client, { header: { x5c: client.x5c.slice(0, 2) } })],
  [
    'a chain in another order',
    () => assertion(client, { header: { x5c: [client.x5c[0], client.x5c[2], client.x5c[1]] } }),
  ],
  ['the chain of another authority', () => assertion(stranger.makeParty(client.id))],
  [
    'a root of its own beside our chain',
    () =>
      assertion(stranger.makeParty(client.id), {
        header: { x5c: [stranger.makeParty(client.id).x5c[0], ...client.x5c.slice(1)] },
      }),
  ],
  ['a certificate that has expired', () => assertion(authority.makeParty(client.id, { days: -1 }))],
  ['a key that is too short', () => assertion(authority.makeParty(client.id, { bits: 1_024 }))],
  ['the certificate of another party', () => assertion(other, { claims: { iss: client.id, sub: client.id } })],
  ['another subject', () => assertion(client, { claims: { sub: other.id } })],
  ['another client_id', () => assertion(client), other.id],
  ['another audience', () => assertion(client, { claims: { aud: other.id } })],
  ['several audiences', () => assertion(client, { claims: { aud: [us.id, other.id] } })],
  ['no audience', () => assertion(client, { claims: { aud: undefined } })],
  ['no end', () => assertion(client, { claims: { exp: undefined } })],
  ['no beginning', () => assertion(client, { claims: { iat: undefined } })],
  ['a life of 31 s', () => assertion(client, { claims: { exp: now() + 31 } })],
  ['a life of 29 s', () => assertion(client, { claims: { exp: now() + 29 } })],
  ['an end that has come', () => assertion(client, { claims: { iat: iat - 31, exp: iat - 1 } })],
  ['a beginning in the future', () => assertion(client, { claims: { iat: now() + 10, exp: now() + 40 } })],
  ['a beginning of use in the future', () => assertion(client, { claims: { nbf: now() + 10 } })],
  ['no jti', () => assertion(client, { claims: { jti: undefined } })],
  ['an empty jti', () => assertion(client, { claims: { jti: '' } })],
  ['no issuer', () => assertion(client, { claims: { iss: undefined } })],
  ['a party that is suspended', () => assertion(suspended), suspended.id],
  ['a party that no node is', () => assertion(unregistered), unregistered.id],
  ['a party that the register does not know', () => assertion(us), us.id],
  ['no JWT at all', () => 'nonsense'],
];

function unsigned(token: string): string {
  const [, payload] = token.split('.');
  const header = { alg: 'none', typ: 'JWT', x5c: client.x5c };
  return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.`;
}

/** Signed with what everybody knows. */
function hmac(party: TestParty): string {
  const [, payload] = assertion(party).split('.');
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'JWT', x5c: party.x5c })).toString('base64url');
  const key = createPublicKey(party.key).export({ type: 'spki', format: 'pem' });
  return `${header}.${payload}.${createHmac('sha256', key).update(`${header}.${payload}`).digest('base64url')}`;
}

/** Wrong log-ins are counted by name and address: each of these is the first. */
async function forgetWrongOnes(): Promise<void> {
  await system.query('DELETE FROM log_in_limit');
}

test.each(BROKEN)('%s is refused, and the answer does not say why', async (_, token, id = client.id) => {
  await forgetWrongOnes();
  const { status, body } = await ask(token(), { id });
  expect(status).toBe(401);
  expect(body).toEqual({
    type: 'urn:problem:invalid-client',
    title: 'Unauthorized',
    status: 401,
    detail: 'the client assertion is not accepted',
  });
});

describe('an assertion', () => {
  test('is good once, whichever process it comes to', async () => {
    await forgetWrongOnes();
    const token = assertion(client);
    expect((await ask(token)).status).toBe(200);
    expect((await ask(token)).status).toBe(401);
    expect((await ask(token, { at: second })).status).toBe(401);
  });

  test('is good once even when it comes to all of them at the same time', async () => {
    await forgetWrongOnes();
    const token = assertion(client);
    const answers = await Promise.all([system, second, system, second].map((at) => ask(token, { at })));
    expect(answers.map(({ status }) => status).toSorted((one, another) => one - another)).toEqual([200, 401, 401, 401]);
  });

  test('that is refused for another reason uses nothing up', async () => {
    await forgetWrongOnes();
    const token = assertion(client);
    expect((await ask(token, { id: other.id })).status).toBe(401);
    expect((await ask(token)).status).toBe(200);
  });
});

test('a certificate that does not name its party is good when the register lists it', async () => {
  await forgetWrongOnes();
  const plain = authority.makeParty('NTRNL-10000001');
  const token = () => assertion(plain, { claims: { iss: client.id, sub: client.id } });
  expect((await ask(token())).status).toBe(401);
  register.parties.set(other.id, { status: 'Active', x5c: plain.x5c.slice(0, 1) });
  const fresh = await startSystem(
    { databaseUrl: postgres.url, queueUrl: 'database' },
    {
      workers: 0,
      config: {
        security: {
          ishare: {
            id: us.id,
            privateKey: us.privateKey,
            certificates: us.certificates,
            roots: authority.root,
            register: { id: registerParty.id, url: register.url },
          },
        },
      },
    },
  );
  const listed = assertion(plain, { claims: { iss: other.id, sub: other.id } });
  expect((await ask(listed, { id: other.id, at: fresh })).status).toBe(200);
  register.trusted.set(authority.fingerprint, { validity: 'valid', status: 'withdrawn' });
  await fresh.stop();
});

test('while the register can not be asked nobody new gets in, and the answer says to come again', async () => {
  await forgetWrongOnes();
  register.failure = { status: 500 };
  const party = authority.makeParty(`EU.EORI.NL${createHash('sha1').update('x').digest('hex').slice(0, 9)}`);
  const { status, headers } = await ask(assertion(party), { id: party.id, at: second });
  expect(status).toBe(503);
  expect(headers.get('retry-after')).not.toBeNull();
  register.failure = null;
});

test('a token ends with its node', async () => {
  await forgetWrongOnes();
  const { access_token: token } = read(await ask(assertion(other), { id: other.id, at: alone }), [200], answerSchema);
  const headers = { authorization: `Bearer ${token}` };
  expect((await alone.call('GET', '/api/v1/messages', { key: null, headers })).status).toBe(200);
  expect((await alone.call('DELETE', `/api/v1/nodes/${other.id}`)).status).toBe(204);
  expect((await alone.call('GET', '/api/v1/messages', { key: null, headers })).status).toBe(401);
});
