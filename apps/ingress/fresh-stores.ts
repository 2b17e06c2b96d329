import type { KeyStore, NodeStore, UserStore } from '#persistence';

export interface Fresheners {
  /** Takes in the nodes as they are now. */
  refresh(): Promise<unknown>;
  /** Forgets who was believed to be whom. */
  forget(): void;
}

/** Has what this process remembers follow each change it makes: the next broadcast goes to a node just registered, a revoked key is worth nothing. */
export function freshStores(
  { nodes, keys, users }: { nodes: NodeStore; keys: KeyStore; users: UserStore },
  { refresh, forget }: Fresheners,
): { nodes: NodeStore; keys: KeyStore; users: UserStore } {
  async function after<Result>(change: Promise<Result>, ...steps: (() => unknown)[]): Promise<Result> {
    const result = await change;
    for (const step of steps) await step();
    return result;
  }
  return {
    nodes: {
      ...nodes,
      put: (...args) => after(nodes.put(...args), refresh),
      patch: (...args) => after(nodes.patch(...args), refresh),
      remove: (...args) => after(nodes.remove(...args), refresh, forget),
    },
    keys: { ...keys, remove: (...args) => after(keys.remove(...args), forget) },
    users: {
      ...users,
      patch: (...args) => after(users.patch(...args), forget),
      remove: (...args) => after(users.remove(...args), forget),
    },
  };
}
