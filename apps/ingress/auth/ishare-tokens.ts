import { createPublicKey, randomUUID } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { IshareParty } from '#node-client';
import type { IssuedToken } from './tokens.ts';

/** Tokens that parties get for a client assertion: signed by us for us, with the key that others know us by. */
export interface IshareTokens {
  issue(partyId: string): Promise<IssuedToken>;
  /** Whose token it is; null for one that is not ours, or not valid now. */
  verify(token: string): Promise<{ readonly partyId: string; readonly expiresAt: number } | null>;
  /** The `iss` of such a token. */
  readonly issuer: string;
}

/** Seconds. */
const LIFETIME = 3_600;
const ALGORITHM = 'RS256';
/** Not `JWT`, so that none can be taken for an assertion (RFC 9068, section 2.1). */
const TYPE = 'at+jwt';

export function createIshareTokens({ identity }: Pick<IshareParty, 'identity'>, now: () => Date): IshareTokens {
  const { id, privateKey } = identity;
  const publicKey = createPublicKey(privateKey);

  return {
    issuer: id,
    async issue(partyId) {
      const iat = Math.floor(now().getTime() / 1_000);
      const claims = { iss: id, aud: id, sub: partyId, jti: randomUUID(), iat, exp: iat + LIFETIME };
      const jwt = new SignJWT(claims).setProtectedHeader({ alg: ALGORITHM, typ: TYPE });
      return { token: await jwt.sign(privateKey), expiresIn: LIFETIME };
    },
    async verify(token) {
      try {
        const { payload, protectedHeader } = await jwtVerify(token, publicKey, {
          algorithms: [ALGORITHM],
          issuer: id,
          audience: id,
          typ: TYPE,
          currentDate: now(),
          requiredClaims: ['sub', 'exp', 'iat', 'jti'],
        });
        const { sub = '', aud, exp = 0, iat = Infinity } = payload;
        const isOurs = typeof aud === 'string' && Object.keys(protectedHeader).toSorted().join() === 'alg,typ';
        return isOurs && iat * 1_000 <= now().getTime() ? { partyId: sub, expiresAt: exp * 1_000 } : null;
      } catch {
        // jose tells by throwing that a token is malformed, expired, or signed by someone else: to us all the same.
        return null;
      }
    },
  };
}
