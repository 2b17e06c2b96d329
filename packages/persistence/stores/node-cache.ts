import type { DeliverableNode } from '#core';
import type { NodeRow } from './open-node.ts';

export type VersionedRow = NodeRow & { readonly updated_at: Date };

/** Nodes kept open, so that secrets are not decrypted and requests not prepared anew for every run of a lane. */
const MOST_NODES = 20_000;

/** Opens a node once a version: the same object comes back until its row changes. */
export function cacheNodes(open: (row: NodeRow) => DeliverableNode): (row: VersionedRow) => DeliverableNode {
  const opened = new Map<string, { version: number; node: DeliverableNode }>();
  return (row) => {
    const version = row.updated_at.getTime();
    const known = opened.get(row.id);
    if (known?.version === version && known.node.paused === row.paused) return known.node;
    const node = open(row);
    if (opened.size >= MOST_NODES) opened.clear();
    opened.set(row.id, { version, node });
    return node;
  };
}
