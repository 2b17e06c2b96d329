import { hash, hkdfSync } from 'node:crypto';
import jwt from 'jsonwebtoken';

/** The tokens of users: signed by us for us. They say who, not what they may: that is looked up, so that a change counts at once. */
export interface Tokens {
  /** @param lifetime Seconds; an hour unless given. */
  issue(user: { readonly id: string }, lifetime?: number): IssuedToken;
  /** Whose token it is; null for one that is not ours, or not valid now. */
  verify(token: string): VerifiedToken | null;
}

export interface IssuedToken {
  readonly token: string;
  /** Seconds. */
  readonly expiresIn: number;
}

export interface VerifiedToken {
  readonly userId: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface TokensOptions {
  /** `security.secret`; the signing key is derived from it, so that it serves other purposes with other keys. */
  readonly secret: string;
  /** `security.previousSecret`: what it signed is good until it ends. */
  readonly previousSecret?: string | undefined;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Seconds a token is valid. */
  readonly lifetime?: number;
}

/** The `iss` of these tokens. */
export const ISSUER = 'urn:distribution-orchestrator';
const AUDIENCE = 'urn:distribution-orchestrator:api';
const ALGORITHM = 'HS256';
const HOUR = 3_600;

interface SigningKey {
  readonly id: string;
  readonly key: Buffer;
}

export function createTokens({ secret, previousSecret, now, lifetime: usual = HOUR }: TokensOptions): Tokens {
  const current = signingKeyOf(secret);
  const keys = [current, ...(previousSecret === undefined ? [] : [signingKeyOf(previousSecret)])];
  const seconds = () => Math.floor(now() / 1_000);

  return {
    issue({ id }, lifetime = usual) {
      const iat = seconds();
      const claims = { iss: ISSUER, aud: AUDIENCE, sub: id, iat, exp: iat + lifetime };
      return { token: jwt.sign(claims, current.key, { algorithm: ALGORITHM, keyid: current.id }), expiresIn: lifetime };
    },
    verify(token) {
      try {
        const key = keys.find(({ id }) => id === keyIdOf(token));
        if (key === undefined) return null;
        const options = {
          algorithms: [ALGORITHM],
          issuer: ISSUER,
          audience: AUDIENCE,
          clockTimestamp: seconds(),
        } as const;
        const { header, payload } = jwt.verify(token, key.key, { ...options, algorithms: [ALGORITHM], complete: true });
        return isPlainHeader(header) && typeof payload === 'object' ? readClaims(payload, seconds()) : null;
      } catch {
        // jsonwebtoken tells by throwing that a token is malformed, expired, or signed by someone else: to us all the same.
        return null;
      }
    },
  };
}

/** The key id is made of the key, so that it needs no list; it tells nothing of it. */
function signingKeyOf(secret: string): SigningKey {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'user tokens', 32));
  return { key, id: hash('sha256', key, 'hex').slice(0, 16) };
}

/** What a token says it is signed with: only chooses between our keys. */
function keyIdOf(token: string): string | undefined {
  return jwt.decode(token, { complete: true })?.header.kid;
}

/** Ours say `alg`, `typ` and `kid`, and nothing that another part could be made to act on (`jwk`, `jku`, `crit`). */
function isPlainHeader(header: jwt.JwtHeader): boolean {
  return Object.keys(header).every((name) => ['alg', 'typ', 'kid'].includes(name));
}

/** jsonwebtoken takes a token without `exp`, with several audiences, or issued in the future; we made none of these. */
function readClaims({ sub, aud, iat, exp }: jwt.JwtPayload, present: number): VerifiedToken | null {
  if (typeof sub !== 'string' || typeof aud !== 'string' || typeof exp !== 'number') return null;
  if (typeof iat !== 'number' || iat > present) return null;
  return { userId: sub, expiresAt: exp * 1_000 };
}
