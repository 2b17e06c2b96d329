import { createHash, randomBytes, randomFillSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSealer, createUuidV7, type NewMessage } from '#core';
import { createIntakeStore, createKeyStore, migrate, openDatabase, sealContexts, type Database } from '#persistence';
import { BENCH } from '../machine/counters.ts';
import { SECRET } from '../machine/start-fleet-process.ts';
import type { Servers } from '../machine/servers.ts';

export const ORIGIN = 'terminal';
const TYPE = 'container.gate-in';

/** Rows in a statement. */
const CHUNK = 500;

/** The ids of so many nodes. */
export function nodeIds(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `node-${i}`);
}

/** Where nodes live: at the origins in turn. */
export interface Nodes {
  readonly nodes: readonly string[];
  readonly origins: readonly string[];
}

/** A migrated database with a sender and nodes; what they are sent is signed. */
export async function openStock(servers: Servers, nodes: Nodes): Promise<Database> {
  const url = await servers.createDatabase();
  await migrate(url);
  const database = openDatabase({ url, connections: 4, onError: () => undefined });
  await storeNodes(database, nodes);
  return database;
}

/** Stores a sender and nodes, all of them subscribed to what it sends. */
export async function storeNodes({ prisma }: Database, { nodes, origins }: Nodes): Promise<void> {
  const sealer = createSealer([SECRET]);
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const receivers = nodes.map((id, i) => ({
    id,
    name: id,
    url: `${origins[i % origins.length]}/${id}`,
    protocol: 'webhook' as const,
    subscriptions: [TYPE],
    secret: Uint8Array.from(sealer.seal(secret, sealContexts.secret(id))),
  }));
  const sender = { id: ORIGIN, name: ORIGIN, url: 'http://127.0.0.1', protocol: 'webhook' as const };
  await prisma.node.create({ data: sender });
  for (let start = 0; start < receivers.length; start += CHUNK) {
    await prisma.node.createMany({ data: receivers.slice(start, start + CHUNK) });
  }
}

/** An API key of the sender. */
export async function createKey(database: Database): Promise<string> {
  const created = await createKeyStore({ database }).create(ORIGIN, { name: 'bench' }, 'bench');
  if (created === null) throw new Error(`there is no node ${ORIGIN}`);
  return created.key;
}

/** Stores messages of one delivery each, due at once, to the nodes in turn: as intake would, but that nobody is woken. */
export async function storeDue(
  database: Database,
  { count, nodes, payload }: { count: number; nodes: readonly string[]; payload: Buffer },
): Promise<void> {
  const store = createIntakeStore(database);
  const nextId = createUuidV7({ now: Date.now, fill: randomFillSync });
  const digest = createHash('sha256').update(payload).digest();
  for (let start = 0; start < count; start += CHUNK) {
    const messages = Array.from({ length: Math.min(CHUNK, count - start) }, (_, i): NewMessage => {
      const node = nodes[(start + i) % nodes.length];
      const id = nextId();
      return { ...constant, id, senderId: `sent-${id}`, payload, digest, nodes: node === undefined ? [] : [node] };
    });
    await store.storeAll(messages);
  }
}

const constant = {
  origin: ORIGIN,
  source: ORIGIN,
  type: TYPE,
  contentType: 'application/json',
  fingerprint: Buffer.alloc(32, 1),
  recordedTime: null,
  eventType: null,
  attributes: null,
};

/** Ms. */
const BETWEEN_LOOKS = 10;

/** Resolves when nothing is due any more: what was received last is recorded shortly after. */
export async function nothingDue({ pool }: Database): Promise<void> {
  for (;;) {
    const { rowCount } = await pool.query(
      `SELECT ${BENCH} 1 FROM delivery WHERE state = 'pending' AND due_at <= now() LIMIT 1`,
    );
    if (rowCount === 0) return;
    await sleep(BETWEEN_LOOKS);
  }
}

/** What failed must not be tried again in the next run. */
export async function cancelPending({ pool }: Database): Promise<void> {
  await pool.query(
    `UPDATE delivery SET state = 'cancelled', due_at = NULL, cancelled_at = now() WHERE ${BENCH} state = 'pending'`,
  );
}

/** Brings statistics up to date, as the server does by itself a minute after it has been filled. */
export async function settle(database: Database): Promise<void> {
  await database.pool.query('VACUUM ANALYZE');
}
