import type { Request } from 'express';
import { Problem } from '../http/problem.ts';

/** The cookie of a browser that is signed in. It holds a user's token, which no script can read. */
export const SESSION_COOKIE = 'orchestrator_session';

/** Longest header of cookies that is looked at. */
const LONGEST_HEADER = 16_384;

/** Goes to every path, since `/queues` is behind the same sign-in. `Secure` only over TLS: a browser keeps it on plain HTTP otherwise. */
function cookie(value: string, maxAge: number, secure: boolean): string {
  const parts = [`${SESSION_COOKIE}=${value}`, 'Path=/', `Max-Age=${maxAge}`, 'HttpOnly', 'SameSite=Strict'];
  return (secure ? [...parts, 'Secure'] : parts).join('; ');
}

/** @param seconds How long the browser keeps it. */
export function sessionCookie(token: string, seconds: number, secure: boolean): string {
  return cookie(token, seconds, secure);
}

/** Takes the cookie away. */
export function endedSessionCookie(secure: boolean): string {
  return cookie('', 0, secure);
}

/** The token in a request's cookies; undefined without one. */
export function sessionTokenOf({ headers }: Pick<Request, 'headers'>): string | undefined {
  const header = headers.cookie;
  if (header === undefined || header.length > LONGEST_HEADER) return undefined;
  const found = header.split(';').find((pair) => pair.trimStart().startsWith(`${SESSION_COOKIE}=`));
  const token = found?.slice(found.indexOf('=') + 1).trim();
  return token === '' ? undefined : token;
}

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * A browser sends the cookie whatever page makes the request, so one that changes something must come from our own: by what the
 * browser says of the page (Sec-Fetch-Site, which it leaves out towards plain HTTP), else by the page's origin.
 * @throws Problem 403 for a request from elsewhere, or from nobody knows where.
 */
export function requireOwnPage(request: Pick<Request, 'headers' | 'method'>): void {
  if (READING.has(request.method) || isFromOwnPage(request)) return;
  throw new Problem(403, 'foreign-page', 'a session changes things from its own page only: use a token elsewhere');
}

function isFromOwnPage({ headers }: Pick<Request, 'headers'>): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin, host } = headers;
  return origin !== undefined && host !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}
