import { createHash, randomFillSync } from 'node:crypto';
import { createSealer, createUuidV7, type DeliveryState } from '#core';
import { openDatabase, type Database } from '../database.ts';
import { migrate } from '../migrate.ts';
import { createDeliveryStore } from './delivery-store.ts';
import { createKeyStore } from './key-store.ts';
import { createLogStore } from './log-store.ts';
import { createMessageStore } from './message-store.ts';
import { createNodeStore } from './node-store.ts';
import { createUserStore } from './user-store.ts';

/** A message to hand in, as far as lists look at it. */
export interface SeedMessage {
  readonly origin?: string;
  readonly type?: string;
  readonly payload?: string;
  /** The nodes it goes to, and the state of each delivery. */
  readonly to: Readonly<Record<string, DeliveryState>>;
  /** The moment of acceptance; now when absent. */
  readonly at?: Date;
}

export interface Seeded {
  readonly id: string;
  /** Delivery ids by node. */
  readonly deliveries: Readonly<Record<string, string>>;
}

export const ACTOR = 'user:tester';
export const firstPage = { limit: 50, after: null };
const SECRET = 'a secret of the tests, long enough for anyone';

/** Every management store on an empty database. Tests only. */
export async function openStores(url: string) {
  await migrate(url);
  const database = openDatabase({ url, connections: 20, onError: () => undefined });
  const { pool } = database;
  const sealer = createSealer([SECRET]);
  const now = () => new Date();
  return {
    database,
    sealer,
    nodes: createNodeStore({ database, sealer, now }),
    keys: createKeyStore({ database }),
    users: createUserStore({ database, now }),
    messages: createMessageStore(database),
    deliveries: createDeliveryStore(database),
    log: createLogStore(database),
    seed: (message: SeedMessage) => seed(pool, message),
    async clear() {
      const tables = ['attempt', 'delivery', 'message', 'node_key', 'node', '"user"', 'lane', 'log_record'];
      await pool.query(tables.map((table) => `DELETE FROM ${table};`).join(''));
    },
    /** The actions told of in the log, newest first. */
    async actions() {
      const { rows } = await pool.query<{ action: string }>('SELECT action FROM log_record ORDER BY id DESC');
      return rows.map(({ action }) => action);
    },
    async row(deliveryId: string | undefined) {
      const { rows } = await pool.query<Record<string, unknown>>('SELECT * FROM delivery WHERE id = $1', [deliveryId]);
      return rows[0];
    },
    close: () => database.close(),
  };
}

export type StoresUnderTest = Awaited<ReturnType<typeof openStores>>;

async function seed(pool: Database['pool'], message: SeedMessage): Promise<Seeded> {
  const { origin = 'sender', type = 'event', payload = '{}', to, at = new Date() } = message;
  const id = createUuidV7({ now: () => at.getTime(), fill: randomFillSync })();
  const digest = createHash('sha256').update(payload).digest();
  await pool.query(
    `INSERT INTO message (id, origin, source, type, content_type, payload, size, digest, fingerprint, unrouted, created_at)
     VALUES ($1, $2, $2, $3, 'application/json', $4, $5, $6, $6, $7, $8)`,
    [id, origin, type, Buffer.from(payload), payload.length, digest, Object.keys(to).length === 0, at],
  );
  const deliveries: Record<string, string> = {};
  for (const [node, state] of Object.entries(to)) deliveries[node] = await seedDelivery(pool, { id, node, state, at });
  return { id, deliveries };
}

async function seedDelivery(
  pool: Database['pool'],
  { id, node, state, at }: { id: string; node: string; state: DeliveryState; at: Date },
): Promise<string> {
  const ended = (final: DeliveryState) => (state === final ? at : null);
  const attempts = state === 'pending' ? 0 : 4;
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO delivery (message_id, node_id, state, attempts, due_at, created_at, delivered_at, frozen_at, cancelled_at)
     VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8) RETURNING id`,
    [id, node, state, attempts, at, ended('delivered'), ended('frozen'), ended('cancelled')],
  );
  return rows[0]?.id ?? '';
}
