import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { RandomBytes } from '#core';
import type { Database } from '../database.ts';
import { madeBefore, newestFirst, positionByCreation } from './by-creation.ts';
import { appendLog } from './log-store.ts';
import { pageOf, type Page, type PageRequest } from './page.ts';

/** What every key of ours begins with, so that one which leaks is recognised, by people and by scanners. */
const KEY_PREFIX = 'pyc_';
const KEY_BYTES = 32;
/** Characters of a key that stay visible: enough to tell keys apart, and of no use to a guesser. */
const SHOWN = KEY_PREFIX.length + 6;

/** A key as it is shown. */
export interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly lastUsedAt: Date | null;
  /** There for a key that ends by itself. */
  readonly expiresAt?: Date;
}

/** A key that was just made. */
export interface NewKey {
  readonly id: string;
  readonly name: string;
  readonly key: string;
  /** There for a key that ends by itself. */
  readonly expiresAt?: Date;
}

export interface KeyInput {
  readonly name: string;
  /** From then on the key is nobody's. */
  readonly expiresAt?: Date | null | undefined;
}

export interface KeyStore {
  /** Null when there is no such node. The key itself can't be had again. */
  create(nodeId: string, key: KeyInput, actor: string): Promise<NewKey | null>;
  /** Null when there is no such node. */
  list(nodeId: string, page: PageRequest): Promise<Page<KeyView> | null>;
  /** False when the node has no such key. */
  remove(nodeId: string, keyId: string, actor: string): Promise<boolean>;
  /** Whose key it is, by its SHA-256; null when it is nobody's, or not any more. */
  findKey(hash: Buffer): Promise<{ keyId: string; nodeId: string } | null>;
  /** Notes that a key was used just now. */
  touchKey(keyId: string): Promise<void>;
}

export interface KeyStoreOptions {
  readonly database: Pick<Database, 'prisma' | 'pool'>;
  readonly random?: RandomBytes;
}

export function createKeyStore({ database: { prisma, pool }, random = randomBytes }: KeyStoreOptions): KeyStore {
  return {
    async create(nodeId, { name, expiresAt = null }, actor) {
      const key = KEY_PREFIX + random(KEY_BYTES).toString('base64url');
      const data = { id: randomUUID(), nodeId, name, prefix: key.slice(0, SHOWN), hash: hashKey(key), expiresAt };
      return prisma.$transaction(async (tx) => {
        const nodes = await tx.$queryRaw<unknown[]>`SELECT 1 FROM node WHERE id = ${nodeId} FOR KEY SHARE`;
        if (nodes.length === 0) return null;
        await tx.nodeKey.create({ data });
        await appendLog(tx, { actor, action: 'key.created', nodeId, detail: { key: data.id, name, expiresAt } });
        return { id: data.id, name, key, ...endOf(expiresAt) };
      });
    },
    async list(nodeId, { limit, after }) {
      const select = { id: true, name: true, prefix: true, lastUsedAt: true, expiresAt: true, createdAt: true };
      const where = { nodeId, ...madeBefore(after) };
      const rows = await prisma.nodeKey.findMany({ where, select, orderBy: newestFirst, take: limit + 1 });
      if (rows.length === 0 && (await prisma.node.count({ where: { id: nodeId } })) === 0) return null;
      const { items, next } = pageOf(rows, limit, positionByCreation);
      const keys = items.map(({ id, name, prefix, lastUsedAt, expiresAt }) => ({
        id,
        name,
        prefix,
        lastUsedAt,
        ...endOf(expiresAt),
      }));
      return { items: keys, next };
    },
    remove(nodeId, keyId, actor) {
      return prisma.$transaction(async (tx) => {
        const { count } = await tx.nodeKey.deleteMany({ where: { id: keyId, nodeId } });
        if (count > 0) await appendLog(tx, { actor, action: 'key.deleted', nodeId, detail: { key: keyId } });
        return count > 0;
      });
    },
    async findKey(hash) {
      // By the database's clock, as everything that falls due.
      const { rows } = await pool.query<{ keyId: string; nodeId: string }>(
        'SELECT id AS "keyId", node_id AS "nodeId" FROM node_key WHERE hash = $1 AND (expires_at IS NULL OR expires_at > now())',
        [hash],
      );
      return rows[0] ?? null;
    },
    async touchKey(keyId) {
      await pool.query('UPDATE node_key SET last_used_at = now() WHERE id = $1', [keyId]);
    },
  };
}

function hashKey(key: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createHash('sha256').update(key).digest());
}

function endOf(expiresAt: Date | null): Pick<KeyView, 'expiresAt'> {
  return expiresAt === null ? {} : { expiresAt };
}
