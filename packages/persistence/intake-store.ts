import type { MessageIntake, NewMessage, StoreOutcome } from '#core';
import { createBatcher } from '#core';
import type { DeliveryState } from '#core';
import type pg from 'pg';
import type { Database } from './database.ts';
import { isPassing } from './database-error.ts';
import { findRepeated } from './sql/find-repeated.ts';
import { storeMessages } from './sql/store-messages.ts';
import { inTransaction } from './transaction.ts';

/** A group commit stops growing at either of these. */
const MOST_MESSAGES = 500;
const MOST_BYTES = 8 * 1024 * 1024;

/** What may wait for a commit before intake answers 503. */
const MOST_WAITING_BYTES = 64 * 1024 * 1024;

/** Weight of what a message costs besides its payload, and of a delivery: bounds a fan-out as well as a flood of tiny messages. */
const MESSAGE_WEIGHT = 1024;
const DELIVERY_WEIGHT = 256;

/** A repeated id whose message the purge takes away between the two looks is stored anew; more often than this it cannot happen. */
const MOST_LOOKS = 3;

interface RepeatedRow {
  id: string;
  origin: string;
  sender_id: string;
  fingerprint: Buffer;
  unrouted: boolean;
  deliveries: { node: string; state: DeliveryState }[];
}

/** A commit that takes longer is a database that has stopped: whoever comes is refused rather than kept waiting. Ms. */
const STALL = { now: () => performance.now(), after: 5_000 };

/** Batches that are stored at a time, each in a transaction of its own. */
const BATCHES = 4;

/**
 * Keeps messages before anyone is told "accepted": what arrives during one commit shares the next. Batches wait in a line of their own, so
 * that a few large ones hold up neither single messages nor the pool.
 */
export function createIntakeStore({ pool }: Pick<Database, 'pool'>): MessageIntake {
  const limits = { maxWeight: MOST_BYTES, maxWaiting: MOST_WAITING_BYTES, stall: STALL };
  const batcher = createBatcher<NewMessage, StoreOutcome | Error>({
    ...limits,
    run: (messages) => storeGroup(pool, messages),
    weigh,
    maxItems: MOST_MESSAGES,
  });
  const batches = createBatcher<readonly NewMessage[], readonly StoreOutcome[]>({
    ...limits,
    run: (each) => Promise.all(each.map((messages) => storeAtomically(pool, messages))),
    weigh: (messages) => messages.reduce((sum, message) => sum + weigh(message), 0),
    maxItems: 1,
    concurrency: BATCHES,
  });

  return {
    async store(message) {
      const outcome = await batcher.submit(message);
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    storeAll: (messages) => batches.submit(messages),
  };
}

/** One statement for all; when one message makes it fail, each by itself, so that nobody fails for another's sake. */
async function storeGroup(pool: pg.Pool, messages: readonly NewMessage[]): Promise<(StoreOutcome | Error)[]> {
  try {
    return await storeTogether(pool, messages);
  } catch (error) {
    if (messages.length === 1 || isPassing(error)) throw error;
    const outcomes: (StoreOutcome | Error)[] = [];
    for (const message of messages) {
      outcomes.push(...(await storeTogether(pool, [message]).catch((reason: unknown) => [asError(reason)])));
    }
    return outcomes;
  }
}

/** All or nothing: any conflict rolls everything back. */
function storeAtomically(pool: pg.Pool, messages: readonly NewMessage[]): Promise<readonly StoreOutcome[]> {
  return inTransaction(
    pool,
    (client) => storeTogether(client, messages),
    (outcomes) => !outcomes.some(({ kind }) => kind === 'conflict'),
  );
}

type Queryable = Pick<pg.Pool | pg.PoolClient, 'query'>;

async function storeTogether(db: Queryable, messages: readonly NewMessage[]): Promise<StoreOutcome[]> {
  const outcomes = new Map<NewMessage, StoreOutcome>();
  let rest = messages;
  for (let look = 1; rest.length > 0; look += 1) {
    if (look > MOST_LOOKS) throw new Error('a repeated message kept being purged while it was looked for');
    const stored = await insert(db, rest);
    const known = rest.filter((message) => !stored.has(message.id));
    for (const message of rest) {
      if (stored.has(message.id)) outcomes.set(message, { kind: 'stored', unrouted: isUnrouted(message) });
    }
    rest = await compare(db, known, outcomes);
  }
  return messages.map((message) => outcomes.get(message) ?? { kind: 'conflict' });
}

/** Settles the messages whose ids were known by what is stored under them; answers those whose counterpart has gone. */
async function compare(
  db: Queryable,
  messages: readonly NewMessage[],
  outcomes: Map<NewMessage, StoreOutcome>,
): Promise<NewMessage[]> {
  if (messages.length === 0) return [];
  const { rows } = await db.query<RepeatedRow>({
    name: 'find-repeated',
    text: findRepeated,
    values: [messages.map(({ origin }) => origin), messages.map(({ senderId }) => senderId)],
  });
  const byKey = new Map(rows.map((row) => [keyOf(row.origin, row.sender_id), row]));
  return messages.filter((message) => {
    const row = byKey.get(keyOf(message.origin, message.senderId));
    if (row === undefined) return true;
    outcomes.set(message, outcomeOfRepeat(message, row));
    return false;
  });
}

function outcomeOfRepeat(message: NewMessage, row: RepeatedRow): StoreOutcome {
  if (!message.fingerprint.equals(row.fingerprint)) return { kind: 'conflict' };
  return { kind: 'repeated', id: row.id, unrouted: row.unrouted, deliveries: row.deliveries };
}

async function insert(db: Queryable, messages: readonly NewMessage[]): Promise<Set<string>> {
  const starts: number[] = [];
  const positions: number[] = [];
  const nodes: string[] = [];
  let start = 0;
  messages.forEach((message, i) => {
    starts.push(start);
    start += message.payload.length;
    for (const node of message.nodes) {
      positions.push(i + 1);
      nodes.push(node);
    }
  });
  const { rows } = await db.query<{ id: string }>({
    name: 'store-messages',
    text: storeMessages,
    values: [
      messages.map((m) => m.id),
      messages.map((m) => m.origin),
      messages.map((m) => m.source),
      messages.map((m) => m.senderId),
      messages.map((m) => m.type),
      messages.map((m) => m.contentType),
      starts,
      messages.map((m) => m.payload.length),
      messages.map((m) => m.recordedTime),
      messages.map((m) => m.eventType),
      messages.map((m) => (m.attributes === null ? null : JSON.stringify(m.attributes))),
      messages.map(isUnrouted),
      Buffer.concat(messages.map((m) => m.payload)),
      Buffer.concat(messages.map((m) => m.digest)),
      Buffer.concat(messages.map((m) => m.fingerprint)),
      positions,
      nodes,
    ],
  });
  return new Set(rows.map(({ id }) => id));
}

function weigh({ payload, nodes }: NewMessage): number {
  return MESSAGE_WEIGHT + payload.length + nodes.length * DELIVERY_WEIGHT;
}

function isUnrouted(message: NewMessage): boolean {
  return message.nodes.length === 0;
}

function keyOf(origin: string, senderId: string | null): string {
  return JSON.stringify([origin, senderId]);
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
