import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { Config } from '#core';
import type { GuardedHttp } from '#node-client';
import type { Principal, Role } from './principal.ts';

/** Tokens of an OpenID Connect provider. */
export interface OidcTokens {
  /** The `iss` of such a token. */
  readonly issuer: string;
  /** Who it says; null for a token that is not good here. Throws while the provider's keys can't be had. */
  verify(token: string): Promise<{ readonly principal: Principal; readonly expiresAt: number } | null>;
}

export interface OidcOptions {
  readonly settings: Config['security']['oidc'];
  readonly http: GuardedHttp;
  now(): Date;
}

/** Public keys only: with a shared one in this list, whoever knows a public key could sign. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** What names the key that signed is not for the token to bring along. */
const FOREIGN_KEYS = ['jwk', 'jku', 'x5c', 'x5u'];
/** Milliseconds: between two fetches because of an unknown key, and after which the keys are not believed without another. */
const COOL_DOWN = 30_000;
const BELIEVED = 600_000;
/** Seconds. */
const TIMEOUT = 5;

/** Highest first: who has several roles has the highest. */
const ROLES: readonly Role[] = ['admin', 'operator', 'viewer'];

/** Null when `security.oidc` is not configured. */
export function createOidcTokens({ settings, http, now }: OidcOptions): OidcTokens | null {
  const { issuer, audience } = settings;
  if (issuer === undefined || audience === undefined) return null;
  const keys = lazily(async () => keySet(new URL(settings.jwks ?? (await discover(issuer, http))), http));

  return {
    issuer,
    async verify(token) {
      const getKey = await keys();
      try {
        const { payload, protectedHeader } = await jwtVerify(token, getKey, {
          algorithms: ALGORITHMS,
          issuer,
          audience,
          currentDate: now(),
          requiredClaims: ['sub', 'exp', 'iat'],
        });
        if (FOREIGN_KEYS.some((name) => name in protectedHeader)) return null;
        return principalOf(payload, settings, now());
      } catch (error) {
        // Of the token; what is wrong with the provider is thrown on.
        if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)) return null;
        throw error;
      }
    },
  };
}

function principalOf(payload: JWTPayload, settings: OidcOptions['settings'], now: Date) {
  const { iss = '', sub, aud, exp = 0, iat = Infinity } = payload;
  // jose looks whether it is there, and not what it is.
  if (typeof sub !== 'string' || sub === '') return null;
  const named = claimOf(payload, settings.claim);
  const role = ROLES.find((one) => named.includes(settings[one]));
  if (role === undefined || typeof aud !== 'string' || iat * 1_000 > now.getTime()) return null;
  // The name that a log shows must be one that only the provider can give, and not that of a user of ours.
  const username = `${sub}@${new URL(iss).host}`;
  const principal: Principal = { kind: 'user', userId: `oidc:${sub}`, username, role };
  return { principal, expiresAt: exp * 1_000 };
}

/** The words of a claim: one, a list, or the words of one text. */
function claimOf(payload: JWTPayload, path: string): readonly unknown[] {
  const value = path.split('.').reduce<unknown>(memberOf, payload);
  if (typeof value === 'string') return value.split(' ');
  return Array.isArray(value) ? value : [];
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

/** Keys that are fetched again when one is unknown, at most every 30 s, and not believed for longer than ten minutes. */
function keySet(url: URL, http: GuardedHttp): JWTVerifyGetKey {
  return createRemoteJWKSet(url, {
    cooldownDuration: COOL_DOWN,
    cacheMaxAge: BELIEVED,
    [customFetch]: async (target) => {
      const { status, text } = await http({ method: 'GET', url: target, timeout: TIMEOUT });
      if (status !== 200) throw new Error(`the provider's keys: ${url.host} answered ${status}`);
      return new Response(text, { status });
    },
  });
}

const discoverySchema = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

/** Where the keys are (OpenID Connect Discovery 1.0, section 4). */
async function discover(issuer: string, http: GuardedHttp): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const { text } = await http({ method: 'GET', url, timeout: TIMEOUT });
  const found = discoverySchema.parse(JSON.parse(text));
  if (found.issuer !== issuer) throw new Error(`${url} is that of another issuer`);
  return found.jwks_uri;
}

/** Makes a thing once it is asked for; again when that failed. */
function lazily<Thing>(make: () => Promise<Thing>): () => Promise<Thing> {
  let made: Promise<Thing> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
