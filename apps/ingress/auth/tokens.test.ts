import { createHmac, hash, hkdfSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { createTokens } from './tokens.ts';

const SECRET = 'a secret of the tests, long enough';
const START = Date.parse('2026-03-02T12:00:00Z');

function tokensAt(ms: number, secret = SECRET) {
  return createTokens({ secret, now: () => ms, lifetime: 60 });
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

test('a token says whose it is until it expires', () => {
  const { token, expiresIn } = tokensAt(START).issue({ id: 'u1' });
  expect(expiresIn).toBe(60);
  expect(tokensAt(START + 59_000).verify(token)).toEqual({ userId: 'u1', expiresAt: START + 60_000 });
  expect(tokensAt(START + 60_000).verify(token)).toBeNull();
  expect(tokensAt(START - 1_000).verify(token)).toBeNull();
});

test('a token signed with another secret, or with the secret itself, is refused', () => {
  const { token } = tokensAt(START, 'another secret').issue({ id: 'u1' });
  expect(tokensAt(START).verify(token)).toBeNull();
  const claims = jwt.decode(token) as jwt.JwtPayload;
  expect(tokensAt(START).verify(jwt.sign(claims, SECRET))).toBeNull();
});

test('a token that was changed, or says it needs no signature, is refused', () => {
  const { token } = tokensAt(START).issue({ id: 'u1' });
  const [header, payload, signature] = token.split('.') as [string, string, string];
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  expect(tokensAt(START).verify([header, part({ ...claims, sub: 'admin' }), signature].join('.'))).toBeNull();
  expect(tokensAt(START).verify(`${part({ alg: 'none', typ: 'JWT' })}.${payload}.`)).toBeNull();
  expect(tokensAt(START).verify(token.slice(0, -3))).toBeNull();
  expect(tokensAt(START).verify('')).toBeNull();
});

describe('a token signed by us', () => {
  /** Signs anything with our own key, to see that the signature alone is not enough. */
  function sign(header: object, claims: object): string {
    const key = Buffer.from(hkdfSync('sha256', SECRET, '', 'user tokens', 32));
    const kid = hash('sha256', key, 'hex').slice(0, 16);
    const text = `${part({ alg: 'HS256', typ: 'JWT', kid, ...header })}.${part(claims)}`;
    return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
  }
  const iat = START / 1_000;
  const good = {
    iss: 'urn:distribution-orchestrator',
    aud: 'urn:distribution-orchestrator:api',
    sub: 'u1',
    iat,
    exp: iat + 60,
  };

  test('is taken when all is right', () => {
    expect(tokensAt(START).verify(sign({}, good))).toEqual({ userId: 'u1', expiresAt: START + 60_000 });
  });

  test.each([
    ['another algorithm', { alg: 'HS512' }, {}],
    ['a key id of nobody', { kid: '../../dev/null' }, {}],
    ['no key id', { kid: undefined }, {}],
    ['a key of its own', { jwk: { kty: 'oct', k: 'AA' } }, {}],
    ['an unknown critical header', { crit: ['x'], x: 1 }, {}],
    ['another issuer', {}, { iss: 'someone' }],
    ['another audience', {}, { aud: 'someone' }],
    ['several audiences', {}, { aud: [good.aud, 'someone'] }],
    ['no end', {}, { exp: undefined }],
    ['no beginning', {}, { iat: undefined }],
    ['a beginning in the future', {}, { iat: iat + 1 }],
    ['nobody', {}, { sub: undefined }],
  ])('is refused with %s', (_name, header, claims) => {
    expect(tokensAt(START).verify(sign(header, { ...good, ...claims }))).toBeNull();
  });
});

test('a token outlives the change of the secret that signed it, while that is named as the one before', () => {
  const { token } = tokensAt(START).issue({ id: 'u1' });
  const options = { secret: 'the next secret of the tests', now: () => START, lifetime: 60 };
  const rotated = createTokens({ ...options, previousSecret: SECRET });
  expect(rotated.verify(token)).toEqual({ userId: 'u1', expiresAt: START + 60_000 });
  expect(createTokens(options).verify(token)).toBeNull();
  const next = rotated.issue({ id: 'u1' }).token;
  expect(createTokens(options).verify(next)).not.toBeNull();
  expect(tokensAt(START).verify(next)).toBeNull();
});
