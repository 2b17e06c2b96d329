import { generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { Config } from '#core';
import { createOidcTokens } from './oidc-tokens.ts';

const START = Date.parse('2026-03-02T12:00:00Z');
const MINUTE = 60_000;
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256' };
const issuer = 'https://provider.example';

let clock: jest.SpyInstance<number, []>;
let present: number;
beforeEach(() => {
  present = START;
  // The age of the keys is measured by jose, which looks at the clock itself.
  clock = jest.spyOn(Date, 'now').mockImplementation(() => present);
});
afterEach(() => clock.mockRestore());

/** Tokens of a provider that counts how often it is asked for its keys, and can be away. */
function openTokens() {
  const provider = { asked: 0, status: 200 };
  const settings = { issuer, audience: 'us', jwks: `${issuer}/jwks`, claim: 'roles', admin: 'admin' };
  const tokens = createOidcTokens({
    settings: settings as Config['security']['oidc'],
    http: async () => {
      provider.asked += 1;
      return { status: provider.status, headers: {}, text: JSON.stringify({ keys: [jwk] }) };
    },
    now: () => new Date(present),
  });
  if (tokens === null) throw new Error('it is configured');
  return { provider, tokens };
}

function tokenOf(keyid = 'k1'): string {
  const iat = Math.floor(present / 1_000);
  const claims = { iss: issuer, aud: 'us', sub: 'ann', roles: ['admin'], iat, exp: iat + 60 };
  return jwt.sign(claims, privateKey, { algorithm: 'RS256', keyid });
}

test("a provider's keys are believed for ten minutes, and not a moment longer while it is away", async () => {
  const { provider, tokens } = openTokens();
  expect(await tokens.verify(tokenOf())).toMatchObject({ principal: { role: 'admin' } });
  provider.status = 500;
  present = START + 10 * MINUTE - 1;
  expect(await tokens.verify(tokenOf())).toMatchObject({ principal: { role: 'admin' } });
  expect(provider.asked).toBe(1);
  present = START + 10 * MINUTE;
  await expect(tokens.verify(tokenOf())).rejects.toThrow('provider.example answered 500');
  await expect(tokens.verify(tokenOf())).rejects.toThrow('answered 500');
  provider.status = 200;
  expect(await tokens.verify(tokenOf())).not.toBeNull();
});

test('keys that nobody has are asked for once in half a minute, however many come', async () => {
  const { provider, tokens } = openTokens();
  for (let i = 0; i < 50; i += 1) expect(await tokens.verify(tokenOf(`k${i + 2}`))).toBeNull();
  const asked = provider.asked;
  expect(asked).toBeLessThanOrEqual(2);
  present += 30_001;
  expect(await tokens.verify(tokenOf('k99'))).toBeNull();
  expect(provider.asked).toBe(asked + 1);
});
