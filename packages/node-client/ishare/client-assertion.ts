import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { IshareIdentity } from './identity.ts';

/** Seconds that an assertion is good for: neither more nor less (iSHARE, "iSHARE JWT"). */
export const ASSERTION_LIFE = 30;

/** Says to `audience`, a party's identifier, who we are. Good once. */
export function makeClientAssertion(identity: IshareIdentity, audience: string, now: Date): Promise<string> {
  const { id, privateKey, x5c } = identity;
  const iat = Math.floor(now.getTime() / 1_000);
  const claims = { iss: id, sub: id, aud: audience, jti: randomUUID(), iat, nbf: iat, exp: iat + ASSERTION_LIFE };
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT', x5c: [...x5c] }).sign(privateKey);
}
