import { hash } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import type { Report } from '#core';
import { Problem } from '../http/problem.ts';
import { setPrincipal, type Principal, type Role } from './principal.ts';
import { createRemember } from './remember.ts';
import type { Bearer } from './bearer.ts';
import { requireOwnPage, sessionTokenOf } from './session-cookie.ts';

/** Where nodes' keys are kept. */
export interface KeyStore {
  /** @param hash SHA-256 of the key: see `hashKey`. */
  findKey(hash: Buffer): Promise<{ readonly nodeId: string; readonly keyId: string } | null>;
  /** Notes that a key was used just now. Called now and then while a key is in use, not for each use. */
  touchKey(keyId: string): Promise<void>;
}

/** Where users are kept. */
export interface UserStore {
  findUser(id: string): Promise<{ readonly username: string; readonly role: Role } | null>;
}

export interface AuthenticationOptions {
  readonly keys: KeyStore;
  /** Whose a bearer token is: see `createBearers`. */
  findBearer(token: string): Promise<Bearer | null>;
  /** The node that a connector in front of us let in, by a name of it: see `createConnector`. */
  connectedNode?(request: Request): string | null;
  /** Throws a 429 for whoever asks too much. */
  checkLimit?(principal: Principal): Promise<void>;
  readonly report: Report;
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface Authentication {
  /**
   * Who makes a request, by its `x-api-key`, else by its bearer token, else by the cookie of its browser's session, else by what a
   * connector says.
   * @throws Problem 401 without valid credentials, 403 when a session is used by a foreign page, 503 when they can't be looked up.
   */
  identify(request: Request): Promise<Principal>;
  /** The same as a middleware: behind it `principalOf(request)` answers. */
  readonly authenticate: RequestHandler;
  /** For whoever takes away a key, a user or a role: from now on everyone is looked up anew. */
  forget(): void;
}

/** How long who was found is believed, in seconds: so long a revoked key may still work at another ingress. */
const BELIEVED = 5;
const MOST_KEYS = 10_000;
const MOST_TOKENS = 1_000;
/** Longest key and token that is looked at. */
const LONGEST_KEY = 256;
const LONGEST_TOKEN = 8_192;

/** The form in which a node's key is kept: SHA-256. A key has 256 random bits, so nothing slower is needed. */
export function hashKey(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

export function createAuthentication(options: AuthenticationOptions): Authentication {
  const { keys, findBearer, connectedNode, report, now } = options;
  const nodes = createRemember({ now, seconds: BELIEVED, most: MOST_KEYS, find: findNode });
  const bearers = createRemember({ now, seconds: BELIEVED, most: MOST_TOKENS, find: findBearer });

  async function findNode(digest: string): Promise<Principal | null> {
    const found = await keys.findKey(Buffer.from(digest, 'hex'));
    if (found === null) return null;
    keys.touchKey(found.keyId).catch((error: unknown) => {
      report.warn('key.untouched', { key: found.keyId, node: found.nodeId, error });
    });
    return { kind: 'node', nodeId: found.nodeId };
  }

  async function findPrincipal(request: Request): Promise<Principal | null> {
    const key = request.headers['x-api-key'];
    if (typeof key === 'string') return key.length > LONGEST_KEY ? null : nodes.get(hash('sha256', key, 'hex'));
    if (request.headers.authorization === undefined && !isBySession(request)) return connected(request);
    const token = tokenOf(request);
    const bearer = token === undefined ? null : await bearers.get(token);
    return bearer !== null && bearer.expiresAt > now() ? bearer.principal : null;
  }

  function connected(request: Request): Principal | null {
    const nodeId = connectedNode?.(request) ?? null;
    return nodeId === null ? null : { kind: 'node', nodeId };
  }

  async function identify(request: Request): Promise<Principal> {
    let principal: Principal | null;
    try {
      principal = await findPrincipal(request);
    } catch (error) {
      report.error('authentication.failed', { error });
      throw new Problem(503, 'unavailable', 'who you are can not be looked up now', { retryAfter: 1 });
    }
    if (principal === null) throw unauthenticated();
    if (isBySession(request)) requireOwnPage(request);
    await options.checkLimit?.(principal);
    return principal;
  }

  return {
    identify,
    authenticate: async (request, _response, next) => {
      setPrincipal(request, await identify(request));
      next();
    },
    forget() {
      nodes.forget();
      bearers.forget();
    },
  };
}

/** The cookie counts only for want of anything else: a program that sends a token is not held to a page's rules. */
function tokenOf(request: Request): string | undefined {
  if (!isBySession(request)) return bearerToken(request.headers.authorization);
  const token = sessionTokenOf(request);
  return token === undefined || token.length > LONGEST_TOKEN ? undefined : token;
}

function isBySession(request: Request): boolean {
  const { headers } = request;
  return (
    headers['x-api-key'] === undefined && headers.authorization === undefined && sessionTokenOf(request) !== undefined
  );
}

function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined || header.length > LONGEST_TOKEN) return undefined;
  return /^Bearer +([^ ]+) *$/i.exec(header)?.[1];
}

function unauthenticated(): Problem {
  return new Problem(
    401,
    'unauthenticated',
    "expected a node's key in x-api-key, or a user's token as Authorization: Bearer",
    {
      headers: { 'www-authenticate': 'Bearer realm="distribution-orchestrator"' },
    },
  );
}
