import type { RequestHandler } from 'express';
import { Problem } from '../http/problem.ts';
import { principalOf, type Role } from './principal.ts';

/** Lets only users of these roles pass; a node's key, and everyone else, gets 403. Goes behind authentication. */
export function requireRole(...roles: readonly Role[]): RequestHandler {
  return (request, _response, next) => {
    const principal = principalOf(request);
    if (principal.kind === 'user' && roles.includes(principal.role)) return next();
    const who = principal.kind === 'node' ? "a node's key" : `the role ${principal.role}`;
    throw new Problem(403, 'forbidden', `${who} may not do this: it takes ${roles.join(' or ')}`);
  };
}
