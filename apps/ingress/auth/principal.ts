/** Who makes a request: a node by its key, or a person by a token. */
export type Principal =
  | { readonly kind: 'node'; readonly nodeId: string }
  | { readonly kind: 'user'; readonly userId: string; readonly username: string; readonly role: Role };

export type Role = 'admin' | 'operator' | 'viewer';

/** How a principal stands in a log record. */
export function actorOf(principal: Principal): string {
  return principal.kind === 'node' ? `node:${principal.nodeId}` : `user:${principal.username}`;
}
