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

/** The nodes that tests have registered with a system. */
export interface RegisteredNodes {
  /** A webhook node with a DID and without authentication or secret, but for what `fields` say; answers by `script`, default 200. */
  node(fields?: NodeFields, script?: Script): Promise<RegisteredNode>;
  /** Deletes all of them. */
  forgetNodes(): Promise<void>;
  /** Stops listening. */
  closeNodes(): Promise<void>;
}

export function registerNodes(api: Api): RegisteredNodes {
  const nodes = new Set<RegisteredNode>();

  async function closeNodes(): Promise<void> {
    const open = [...nodes];
    nodes.clear();
    await Promise.all(open.map(({ server }) => server.close()));
  }
  return {
    async node(fields = {}, script = {}) {
      const { id = freshId('node'), ...others } = fields as NodeFields & { readonly id?: string };
      const did = `did:web:${id}.example`;
      const server = await startTestNode({ script });
      const key = await api.register(id, { did, url: server.url, ...others });
      const node = { id, did, key, server };
      nodes.add(node);
      return node;
    },
    async forgetNodes() {
      await Promise.all([...nodes].map(({ id }) => api.call('DELETE', `/api/v1/nodes/${id}`)));
      await closeNodes();
    },
    closeNodes,
  };
}
