import { ApiError, type Node, type Nodes, type Protocol } from '#client';
import { FailedError } from '../command-error.ts';
import type { ShownAuth } from './read-arrival.ts';

export interface Registration {
  readonly id: string;
  readonly url: string;
  readonly protocol: Protocol;
  readonly secret: string;
  readonly auth: ShownAuth;
  readonly did?: string | undefined;
  /** Patterns of message types. */
  readonly subscriptions?: readonly string[] | undefined;
  /** Takes over a node that is somewhere else. */
  readonly replace: boolean;
}

/**
 * Makes the node, or moves one that listened on this machine before to where it listens now.
 * @throws FailedError for a node that is somewhere else: its messages would come here by mistake.
 */
export async function registerNode(nodes: Nodes, registration: Registration): Promise<Node> {
  const { id, did, subscriptions, replace, ...rest } = registration;
  const node = { ...rest, ...(did !== undefined && { did }), ...(subscriptions !== undefined && { subscriptions }) };
  const known = await findNode(nodes, id);
  if (known === null) return nodes.put(id, node);
  if (replace || isOnThisMachine(known)) return nodes.patch(id, node);
  throw new FailedError(
    `the node ${id} is at ${known.url}: take another --id, or --replace to have its messages delivered here instead`,
  );
}

async function findNode(nodes: Nodes, id: string): Promise<Node | null> {
  try {
    return await nodes.get(id);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

function isOnThisMachine({ url }: Node): boolean {
  return new URL(url).hostname === '127.0.0.1';
}
