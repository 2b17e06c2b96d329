import type { Request, RequestHandler } from 'express';
import type { Authentication } from '../auth/authentication.ts';
import { setPrincipal } from '../auth/principal.ts';
import { Problem } from '../http/problem.ts';

/**
 * Finds out who opens a page. A browser without valid credentials is sent to sign in and comes back to where it wanted to go; whatever
 * else asks gets the 401 of `identify`.
 */
export function signInFirst({ identify }: Pick<Authentication, 'identify'>): RequestHandler {
  return async (request, response, next) => {
    try {
      setPrincipal(request, await identify(request));
    } catch (error) {
      if (!(error instanceof Problem && error.status === 401 && wantsPage(request))) throw error;
      return response.redirect(302, `/?next=${wayBack(request)}`);
    }
    return next();
  };
}

/** Programs ask for JSON or for anything; only a browser names HTML. */
function wantsPage({ method, headers }: Request): boolean {
  return method === 'GET' && (headers.accept ?? '').includes('text/html');
}

/** A path of ours, whatever it was asked for with: never another site. */
function wayBack({ baseUrl, path }: Request): string {
  return encodeURIComponent(`${baseUrl}${path === '/' ? '' : path}`).replaceAll('%2F', '/');
}
