import type { Request } from 'express';

/** Who makes a request: a node by its key, or a person by a token. */
export type Principal =
  | { readonly kind: 'node'; readonly nodeId: string }
  | { readonly kind: 'user'; readonly userId: string; readonly username: string; readonly role: Role };

export type Role = 'admin' | 'operator' | 'viewer';

/** How a principal stands in a log record. */
export function actorOf(principal: Principal): string {
  return principal.kind === 'node' ? `node:${principal.nodeId}` : `user:${principal.username}`;
}

const principals = new WeakMap<Request, Principal>();

/** Remembers who makes a request, once it is known. */
export function setPrincipal(request: Request, principal: Principal): void {
  principals.set(request, principal);
}

/** Who makes a request. Every route behind authentication has one; elsewhere asking is a bug, and throws. */
export function principalOf(request: Request): Principal {
  const principal = principals.get(request);
  if (principal === undefined) throw new Error(`${request.method} ${request.path} is not behind authentication`);
  return principal;
}
