import type { X509Certificate } from 'node:crypto';
import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import { chainProblem, readX5c } from './certificates.ts';
import { ASSERTION_LIFE } from './client-assertion.ts';

/** A JWT whose signature, chain and times are those of iSHARE. */
export interface SignedToken {
  readonly issuer: string;
  readonly subject: string;
  readonly jti: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly claims: JWTPayload;
  /** The signer's. */
  readonly certificate: X509Certificate;
}

export interface SignedTokenRules {
  /** Ours: the one that the token must be for. */
  readonly audience: string;
  /** Fingerprints of the roots that a chain may end in. */
  readonly trusted: ReadonlySet<string>;
  readonly now: Date;
}

const ALGORITHMS = ['RS256', 'RS384', 'RS512'];
const HEADER = ['alg', 'typ', 'x5c'];
const LONGEST_TOKEN = 65_536;
/** RFC 7515, sections 2 and 3.1: no line break, no padding; jose passes over what is neither. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** Seconds that another's clock may be ahead. */
const AHEAD = 1;

/**
 * Checks a JWT by the rules of "iSHARE JWT": header exactly `alg`, `typ` and `x5c`; signed by `x5c[0]`, whose chain ends in a trusted
 * root; one `aud`; `exp` 30 s after `iat`; `jti`. Whether its `jti` was seen before, and who may be the issuer, is for the caller.
 */
export async function readSigned(
  token: string,
  { audience, trusted, now }: SignedTokenRules,
): Promise<SignedToken | { readonly problem: string }> {
  const signer = readSigner(token);
  if ('problem' in signer) return signer;
  const broken = chainProblem(signer.chain, trusted, now);
  if (broken !== null) return { problem: broken };
  const payload = await verify(token, signer.certificate, now);
  if ('problem' in payload) return { problem: String(payload.problem) };
  const problem = claimsProblem(payload, audience, now);
  if (problem !== null) return { problem };
  const { iss = '', sub = '', jti = '', exp = 0 } = payload;
  return { issuer: iss, subject: sub, jti, expiresAt: exp * 1_000, claims: payload, certificate: signer.certificate };
}

interface Signer {
  readonly chain: readonly X509Certificate[];
  readonly certificate: X509Certificate;
}

function readSigner(token: string): Signer | { readonly problem: string } {
  const header = token.length > LONGEST_TOKEN || !COMPACT.test(token) ? null : headerOf(token);
  if (header === null) return { problem: 'it is no JWT' };
  const names = Object.keys(header).toSorted();
  if (names.join() !== HEADER.join()) return { problem: 'the header is not exactly alg, typ and x5c' };
  if (header.typ !== 'JWT') return { problem: 'the type is not JWT' };
  if (!ALGORITHMS.includes(String(header.alg))) return { problem: 'the algorithm is not RS256, RS384 or RS512' };
  const chain = readX5c(header.x5c);
  const [certificate] = chain ?? [];
  if (chain === null || certificate === undefined) return { problem: 'the certificates can not be read' };
  return { chain, certificate };
}

function headerOf(token: string) {
  try {
    return decodeProtectedHeader(token);
  } catch {
    // jose tells by throwing that it is no JWT.
    return null;
  }
}

async function verify(token: string, { publicKey }: X509Certificate, now: Date) {
  try {
    const { payload } = await jwtVerify(token, publicKey, {
      algorithms: ALGORITHMS,
      currentDate: now,
      // For nbf; the end is checked to the second below.
      clockTolerance: AHEAD,
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti'],
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) return { problem: 'it has expired' };
    if (error instanceof errors.JWSSignatureVerificationFailed) return { problem: 'the signature is wrong' };
    return { problem: 'its signature, times or claims are not right' };
  }
}

function claimsProblem({ iss, sub, aud, iat, exp, jti }: JWTPayload, audience: string, now: Date): string | null {
  if (!isName(iss) || !isName(sub)) return 'the issuer or the subject is missing';
  if (!isName(jti)) return 'the jti is missing';
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (audiences.length !== 1 || audiences[0] !== audience) return 'it is for another audience, or for several';
  if (typeof iat !== 'number' || typeof exp !== 'number' || exp - iat !== ASSERTION_LIFE) {
    return `it does not expire ${ASSERTION_LIFE} s after it was issued`;
  }
  if (exp <= now.getTime() / 1_000) return 'it has expired';
  return iat > now.getTime() / 1_000 + AHEAD ? 'it was issued in the future' : null;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 255;
}
