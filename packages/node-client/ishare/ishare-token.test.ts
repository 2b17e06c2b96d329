import { X509Certificate } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { Config, DeliverableNode, IshareAuth, OutboundMessage } from '#core';
import {
  makeAuthority,
  startAssociationRegister,
  startTestNode,
  startTokenServer,
  type AssociationRegister,
  type TestNode,
  type TokenServer,
} from '#testkit';
import { createNodeClient } from '../node-client.ts';
import { checkNodeAuth } from '../request/node-auth.ts';
import { createEgressGuard } from '../egress/egress-guard.ts';

const authority = makeAuthority();
const stranger = makeAuthority('Stranger');
const us = authority.makeParty('EU.EORI.NL000000001');
const own = authority.makeParty('EU.EORI.NL000000000');
const SERVER = 'EU.EORI.NL000000002';

let receiver: TestNode;
let server: TokenServer;
let register: AssociationRegister;

beforeEach(async () => {
  receiver = await startTestNode();
  server = await startTokenServer();
  register = await startAssociationRegister(own);
  register.parties.set(SERVER, { status: 'Active' });
});
afterEach(() => Promise.all([receiver.close(), server.close(), register.close()]));

type Settings = Config['security']['ishare'];
const settings: Settings = {
  id: us.id,
  privateKey: us.privateKey,
  certificates: us.certificates,
  roots: authority.root,
  register: {},
};
const withRegister = (): Settings => ({ ...settings, register: { id: own.id, url: register.url } });

async function attempt(ishare: Settings | null, auth: Partial<IshareAuth> = {}) {
  const client = createNodeClient({ allow: ['127.0.0.1'], now: () => new Date(), ...(ishare !== null && { ishare }) });
  const node: DeliverableNode = {
    id: 'customs',
    url: `${receiver.url}/inbox`,
    protocol: 'webhook',
    ordering: 'none',
    paused: false,
    policy: {},
    auth: { type: 'ishare', tokenUrl: server.url, partyId: SERVER, ...auth },
    secrets: [],
  };
  const result = await client.attempt(node, message, { timeout: 10 });
  await client.close();
  return result;
}

const message: OutboundMessage = {
  id: '0190c2f0-7d3a-7000-8000-00000000000a',
  source: 'did:web:terminal.example',
  senderId: null,
  type: 'container.gate-in',
  contentType: 'application/json',
  payload: Buffer.from('{}'),
  recordedTime: null,
  eventType: null,
  attributes: null,
  createdAt: new Date(),
};

test('the token server is shown an assertion of the configured party, as iSHARE writes it', async () => {
  expect(await attempt(settings)).toMatchObject({ outcome: 'success' });
  expect(await attempt(settings)).toMatchObject({ outcome: 'success' });
  const [form, later] = server.forms();
  const { client_assertion: assertion = '', ...others } = Object.fromEntries(form ?? []);
  expect(others).toEqual({
    grant_type: 'client_credentials',
    scope: 'iSHARE',
    client_id: us.id,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  });
  const certificate = new X509Certificate(us.certificates);
  const { header, payload } = jwt.verify(assertion, certificate.publicKey, { algorithms: ['RS256'], complete: true });
  expect(header).toEqual({ alg: 'RS256', typ: 'JWT', x5c: us.x5c });
  const jti = expect.stringMatching(/^[0-9a-f-]{36}$/) as string;
  const { iat = 0 } = payload as jwt.JwtPayload;
  expect(payload).toEqual({ iss: us.id, sub: us.id, aud: SERVER, iat, nbf: iat, exp: iat + 30, jti });
  expect(receiver.requests[0]?.headers['authorization']).toBe('Bearer token-1');
  const other = jwt.decode(later?.get('client_assertion') ?? '') as { jti: string };
  expect(other.jti).not.toBe((payload as { jti: string }).jti);
});

test("a node's own party comes before the configured one", async () => {
  const another = authority.makeParty('EU.EORI.NL000000009');
  const { id: clientId, privateKey, certificates } = another;
  expect(await attempt(settings, { clientId, privateKey, certificates, scope: 'other' })).toMatchObject({
    outcome: 'success',
  });
  const form = server.forms()[0];
  expect(form?.get('client_id')).toBe(another.id);
  expect(form?.get('scope')).toBe('other');
});

test('without any party nothing is sent', async () => {
  expect(await attempt(null)).toMatchObject({ outcome: 'auth-error', status: null });
  expect(receiver.requests).toHaveLength(0);
});

describe('with an association register', () => {
  test('a party that is active there gets the assertion', async () => {
    expect(await attempt(withRegister())).toMatchObject({ outcome: 'success' });
    expect(register.requests.map(({ path }) => path)).toEqual(['/connect/token', `/parties/${SERVER}`]);
  });

  test.each<[string, (register: AssociationRegister) => unknown]>([
    ['is not listed', ({ parties }) => parties.clear()],
    ['is suspended', ({ parties }) => parties.set(SERVER, { status: 'Revoked' })],
    ['is not active yet', ({ parties }) => parties.set(SERVER, { status: 'Active', from: '2999-01-01T00:00:00Z' })],
    [
      'is not active any more',
      ({ parties }) => parties.set(SERVER, { status: 'Active', until: '2020-01-01T00:00:00Z' }),
    ],
    ['has dates that no one can read', ({ parties }) => parties.set(SERVER, { status: 'Active', until: 'soon' })],
  ])('a party that %s does not', async (_, change) => {
    change(register);
    const result = await attempt(withRegister());
    expect(result).toMatchObject({ outcome: 'auth-error', status: null });
    expect(result.error).toContain(SERVER);
  });

  test.each<[string, (register: AssociationRegister) => unknown]>([
    ['fails', (register) => (register.failure = { status: 500 })],
    ['answers what is no JSON', (register) => (register.failure = { body: 'nonsense' })],
    ['is signed by another party', (register) => (register.signer = stranger.makeParty(own.id))],
  ])('no one gets one while the register %s', async (_, change) => {
    change(register);
    expect((await attempt(withRegister())).outcome).toBe('auth-error');
  });
  afterEach(() => {
    const wasGiven = receiver.requests.length > 0;
    expect(server.requests).toHaveLength(wasGiven ? 1 : 0);
  });
});

test('what is wrong with an identity is told when the node is saved', () => {
  const guard = createEgressGuard([]);
  const check = (change: Partial<IshareAuth>) =>
    checkNodeAuth({ type: 'ishare', tokenUrl: 'https://tokens.example', partyId: SERVER, ...change }, guard);
  const { id: clientId, privateKey, certificates } = us;
  expect(check({})).toBeNull();
  expect(check({ clientId, privateKey, certificates })).toBeNull();
  expect(check({ clientId })).toBe('expected clientId, privateKey and certificates, or none of them');
  expect(check({ clientId, privateKey: own.privateKey, certificates })).toBe(
    'expected the key of the first certificate',
  );
  expect(check({ clientId, privateKey: 'x', certificates })).toMatch(/^expected a private key and certificates in PEM/);
  expect(check({ ca: 'x' })).toBe('ca: expected certificates in PEM');
  expect(check({ tokenUrl: 'http://10.0.0.1/' })).toMatch(/^tokenUrl: 10\.0\.0\.1 is not a public address/);
});
