import type { DeliverableNode, NodeAddress, Sealer } from '#core';
import type { Database } from '../database.ts';
import type { Node, Prisma } from '../generated/client.ts';
import { recallLanes } from '../sql/recall-lanes.ts';
import { rotateSecret } from '../sql/rotate-secret.ts';
import { madeBefore, newestFirst, positionByCreation } from './by-creation.ts';
import { cancelPendingOf } from './delivery-store.ts';
import { appendLog } from './log-store.ts';
import {
  mergeNode,
  policyOf,
  replaceNode,
  viewOf,
  type NodeInput,
  type NodePatch,
  type NodeView,
} from './node-columns.ts';
import { openNode, sealContexts } from './open-node.ts';
import { pageOf, type Page, type PageRequest } from './page.ts';
import { isUniqueViolation } from './unique-violation.ts';

export type { AuthView, NodeInput, NodePatch, NodeView } from './node-columns.ts';

/** Another node is called so already, by its id or its DID; destinations name nodes by either. */
export interface NodeConflict {
  /** The name that is taken. */
  readonly taken: string;
}

/** Nodes, their secrets sealed. Each change is logged with the one who made it, in its own transaction. */
export interface NodeStore {
  list(page: PageRequest): Promise<Page<NodeView>>;
  get(id: string): Promise<NodeView | null>;
  /** The node as deliveries see it, its secrets opened. */
  getDeliverable(id: string): Promise<DeliverableNode | null>;
  put(id: string, input: NodeInput, actor: string): Promise<{ node: NodeView; created: boolean } | NodeConflict>;
  patch(id: string, patch: NodePatch, actor: string): Promise<{ node: NodeView } | NodeConflict | null>;
  setPaused(id: string, paused: boolean, actor: string): Promise<NodeView | null>;
  /** Signs with a new secret from now on, and with the one before it for `overlap` more seconds. */
  rotateSecret(
    id: string,
    secret: string,
    overlap: number,
    actor: string,
  ): Promise<{ previousUntil: Date | null } | null>;
  /** Removes a node with its keys, and cancels what is pending for it. False when there was none. */
  remove(id: string, actor: string): Promise<boolean>;
  /** What intake needs in order to route: every node. */
  loadAddresses(): Promise<NodeAddress[]>;
}

export interface NodeStoreOptions {
  readonly database: Pick<Database, 'prisma' | 'pool'>;
  readonly sealer: Sealer;
  readonly now: () => Date;
}

type Transaction = Prisma.TransactionClient;

export function createNodeStore({ database: { prisma, pool }, sealer, now }: NodeStoreOptions): NodeStore {
  function put(id: string, input: NodeInput, actor: string) {
    return prisma.$transaction(async (tx) => {
      const current = await lockNode(tx, id);
      const taken = await takenName(tx, id, input.did);
      if (taken !== null) return { taken };
      const columns = replaceNode(id, input, current, sealer);
      const node = current
        ? await tx.node.update({ where: { id }, data: { ...columns, updatedAt: now() } })
        : await tx.node.create({ data: { ...columns, id } });
      if (current) await recallLane(tx, id);
      const action = current ? 'node.replaced' : 'node.created';
      await appendLog(tx, { actor, action, nodeId: id, detail: { members: namesOf(input) } });
      return { node: viewOf(node, sealer), created: current === null };
    });
  }

  function change(id: string, patch: NodePatch, actor: string, action: string) {
    return prisma.$transaction(async (tx) => {
      const current = await lockNode(tx, id);
      if (current === null) return null;
      const taken = await takenName(tx, id, patch.did);
      if (taken !== null) return { taken };
      const data = { ...mergeNode(current, patch, sealer), updatedAt: now() };
      const node = await tx.node.update({ where: { id }, data });
      await recallLane(tx, id);
      await appendLog(tx, { actor, action, nodeId: id, detail: { members: namesOf(patch) } });
      return { node: viewOf(node, sealer) };
    });
  }

  return {
    async list({ limit, after }) {
      const rows = await prisma.node.findMany({ where: madeBefore(after), orderBy: newestFirst, take: limit + 1 });
      const { items, next } = pageOf(rows, limit, positionByCreation);
      return { items: items.map((node) => viewOf(node, sealer)), next };
    },
    async get(id) {
      const node = await prisma.node.findUnique({ where: { id } });
      return node && viewOf(node, sealer);
    },
    async getDeliverable(id) {
      const node = await prisma.node.findUnique({ where: { id } });
      return node && openNode(asRow(node), sealer);
    },
    put: (id, input, actor) => retryOnce(() => put(id, input, actor)),
    patch: (id, patch, actor) => retryOnce(() => change(id, patch, actor, 'node.changed')),
    async setPaused(id, paused, actor) {
      const changed = await change(id, { paused }, actor, paused ? 'node.paused' : 'node.resumed');
      return changed !== null && 'node' in changed ? changed.node : null;
    },
    rotateSecret(id, secret, overlap, actor) {
      const sealed = sealer.seal(secret, sealContexts.secret(id));
      return prisma.$transaction(async (tx) => {
        const rows = await tx.$queryRawUnsafe<{ previousUntil: Date | null }[]>(rotateSecret, id, sealed, overlap);
        const [row] = rows;
        if (row === undefined) return null;
        await recallLane(tx, id);
        await appendLog(tx, { actor, action: 'node.secret-rotated', nodeId: id, detail: { overlap } });
        return row;
      });
    },
    async remove(id, actor) {
      const removed = await prisma.$transaction(async (tx) => {
        const { count } = await tx.node.deleteMany({ where: { id } });
        if (count === 0) return false;
        await recallLane(tx, id);
        await appendLog(tx, { actor, action: 'node.deleted', nodeId: id });
        return true;
      });
      // After the node is gone, so that nothing new comes behind it. What a crash leaves here the sweep's lane run cancels.
      if (removed) await cancelPendingOf(pool, id, actor);
      return removed;
    },
    loadAddresses: () => prisma.node.findMany({ select: { id: true, did: true, subscriptions: true } }),
  };
}

/** Reads a node so that no one else changes it before this transaction ends. */
async function lockNode(tx: Transaction, id: string): Promise<Node | null> {
  await tx.$queryRaw`SELECT 1 FROM node WHERE id = ${id} FOR NO KEY UPDATE`;
  return tx.node.findUnique({ where: { id } });
}

/** Has a run that is under way end: what it took the node for is over. */
async function recallLane(tx: Transaction, id: string): Promise<void> {
  await tx.$executeRawUnsafe(recallLanes('VALUES ($1::text)'), id);
}

/** Which name of a node another node has: a destination must name one node only. */
async function takenName(tx: Transaction, id: string, did: string | null | undefined): Promise<string | null> {
  const asDid = await tx.node.findFirst({ where: { did: id, id: { not: id } }, select: { id: true } });
  if (asDid !== null) return id;
  if (did === null || did === undefined) return null;
  const where = { OR: [{ did }, { id: did }], id: { not: id } };
  return (await tx.node.findFirst({ where, select: { id: true } })) === null ? null : did;
}

/** Two writers can both find a name free; the second fails on the unique index, and finds it taken when it looks again. */
async function retryOnce<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (isUniqueViolation(error)) return work();
    throw error;
  }
}

/** The members that a call gave; the values may be secret. */
function namesOf(input: object): string[] {
  return Object.entries(input).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}

function asRow(node: Node) {
  const { previousSecret, previousSecretUntil, ...columns } = node;
  return {
    ...columns,
    policy: policyOf(node),
    previous_secret: previousSecret,
    previous_secret_until: previousSecretUntil,
  };
}
