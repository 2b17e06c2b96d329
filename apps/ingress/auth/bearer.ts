import { decodeJwt } from 'jose';
import type { UserStore } from './authentication.ts';
import type { IshareTokens } from './ishare-tokens.ts';
import type { OidcTokens } from './oidc-tokens.ts';
import type { Principal } from './principal.ts';
import { ISSUER, type Tokens } from './tokens.ts';

/** Who showed a bearer token. */
export interface Bearer {
  readonly principal: Principal;
  /** When the token ends, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface BearersOptions {
  readonly users: UserStore;
  readonly tokens: Pick<Tokens, 'verify'>;
  /** Null where they are not configured. */
  readonly ishare?: IshareTokens | null | undefined;
  readonly oidc?: OidcTokens | null | undefined;
  /** The id of the node that a party is. */
  nodeOf?(partyId: string): string | null;
}

/** Finds out whose a bearer token is. Its issuer says which of the kinds it would have to be, and that kind alone is tried. */
export function createBearers({ users, tokens, ishare, oidc, nodeOf }: BearersOptions) {
  async function asUser(token: string): Promise<Bearer | null> {
    const verified = tokens.verify(token);
    if (verified === null) return null;
    const { userId, expiresAt } = verified;
    const user = await users.findUser(userId);
    return user && { expiresAt, principal: { kind: 'user', userId, username: user.username, role: user.role } };
  }

  async function asParty(token: string, { verify }: IshareTokens): Promise<Bearer | null> {
    const verified = await verify(token);
    const nodeId = verified === null ? null : (nodeOf?.(verified.partyId) ?? null);
    return verified === null || nodeId === null
      ? null
      : { principal: { kind: 'node', nodeId }, expiresAt: verified.expiresAt };
  }

  return (token: string): Promise<Bearer | null> => {
    const issuer = issuerOf(token);
    if (issuer === ISSUER) return asUser(token);
    if (ishare != null && issuer === ishare.issuer) return asParty(token, ishare);
    return oidc != null && issuer === oidc.issuer ? oidc.verify(token) : Promise.resolve(null);
  };
}

function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    // jose tells by throwing that it is no JWT.
    return undefined;
  }
}
