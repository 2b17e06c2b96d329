import type { NodeAddress } from './node.ts';
import { createSubscriptionMatcher } from './subscription-matcher.ts';

/** The nodes at one moment, indexed for routing. It never changes: a newer state is another registry. */
export interface Registry {
  /** The node with this id, else the one with this DID. */
  find(name: string): NodeAddress | undefined;
  /** The ids of the nodes named, each once, in order, and the names that nobody has. */
  resolve(names: readonly string[]): Resolution;
  /** The ids of all nodes but one: the receivers of a broadcast. */
  allBut(id: string): readonly string[];
  /** The ids of the nodes subscribed to a type. */
  subscribedTo(type: string): readonly string[];
}

export interface Resolution {
  readonly nodes: readonly string[];
  /** Each once; empty when all is well. */
  readonly unknown: readonly string[];
}

export function createRegistry(nodes: readonly NodeAddress[]): Registry {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const byDid = new Map(nodes.flatMap((node) => (node.did === null ? [] : [[node.did, node] as const])));
  const matcher = createSubscriptionMatcher(nodes.map((node) => [node.id, node.subscriptions]));
  const ids = [...byId.keys()];
  const find = (name: string) => byId.get(name) ?? byDid.get(name);

  return {
    find,
    resolve(names) {
      const found = new Set<string>();
      const unknown = new Set<string>();
      for (const name of names) {
        const node = find(name);
        if (node === undefined) unknown.add(name);
        else found.add(node.id);
      }
      return { nodes: [...found], unknown: [...unknown] };
    },
    allBut: (id) => ids.filter((other) => other !== id),
    subscribedTo: (type) => matcher.match(type),
  };
}
