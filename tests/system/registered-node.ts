import { startTestNode, type Script, type TestNode } from '#testkit';
import { freshId, type Api, type NodeFields } from './api.ts';

/** A node of a test's own: registered, listening, and able to send. */
export interface RegisteredNode {
  readonly id: string;
  readonly did: string;
  /** An API key to send as it. */
  readonly key: string;
  /** Where it gets its messages. */
  readonly server: TestNode;
}

interface Named {
  readonly id?: string;
  readonly did?: string | null;
}

/** The nodes that tests have registered with a system. */
export interface RegisteredNodes {
  /** `id`: one that no other test has, unless it is given. A webhook node with a DID and without authentication or secret, but for what `fields` say; answers by `script`, default 200. */
  node(fields?: NodeFields & Named, script?: Script): Promise<RegisteredNode>;
  /** All of them stop listening. */
  closeNodes(): Promise<void>;
}

export function registerNodes(api: Api): RegisteredNodes {
  const nodes = new Set<RegisteredNode>();
  return {
    async node(fields = {}, script = {}) {
      const { id = freshId('node'), ...others } = fields;
      const { did = `did:web:${id}.example` } = others;
      const server = await startTestNode({ script });
      const key = await api.register(id, { url: server.url, ...others, did });
      // Without a DID there is only the id to name it by.
      const node = { id, did: did ?? id, key, server };
      nodes.add(node);
      return node;
    },
    async closeNodes() {
      await Promise.all([...nodes].map(({ server }) => server.close()));
    },
  };
}
