import type { AttemptOutcome } from '#core';
import type pg from 'pg';
import type { Database } from '../database.ts';
import { listAttempts } from '../sql/list-attempts.ts';
import { listMessages, listMessagesByDelivery, messageColumns, type MessageFilter } from '../sql/list-messages.ts';
import { deliveriesOfMessages } from '../sql/message-deliveries.ts';
import type { DeliveryView } from './delivery-store.ts';
import { pageOf, type Page, type PageRequest } from './page.ts';

export type { MessageFilter };

/** A message as it is shown: all but its payload. */
export interface MessageView {
  readonly id: string;
  readonly senderId: string | null;
  readonly type: string;
  /** The id of the node it was sent by or for. */
  readonly origin: string;
  readonly contentType: string;
  /** Bytes of payload. */
  readonly size: number;
  /** SHA-256 of the payload, in hexadecimal. */
  readonly digest: string;
  readonly unrouted: boolean;
  readonly createdAt: Date;
  readonly deliveries: readonly DeliveryView[];
}

export interface AttemptView {
  /** The id of the node that was called. */
  readonly node: string;
  readonly number: number;
  readonly startedAt: Date;
  /** Milliseconds. */
  readonly duration: number;
  /** Null without an answer. */
  readonly status: number | null;
  readonly outcome: AttemptOutcome;
  readonly error: string | null;
  /** The first 4 KiB of the answer, read as UTF-8; null without one. */
  readonly body: string | null;
}

export interface MessageStore {
  /** A page is shorter than asked for when its messages have thousands of deliveries each. */
  list(filter: MessageFilter, page: PageRequest): Promise<Page<MessageView>>;
  get(id: string): Promise<MessageView | null>;
  /** The id of the node that a message was sent by or for; null when there is no such message. */
  originOf(id: string): Promise<string | null>;
  /** Null when there is no such message. */
  getPayload(id: string): Promise<MessagePayload | null>;
  listAttempts(messageId: string, page: PageRequest): Promise<Page<AttemptView>>;
}

/** What a sender handed in, as it was. */
export interface MessagePayload {
  /** The id of the node it was sent by or for. */
  readonly origin: string;
  readonly contentType: string;
  readonly payload: Buffer;
}

/** Deliveries in one page of messages. */
const MOST_DELIVERIES = 10_000;

type MessageRow = Omit<MessageView, 'deliveries'>;
type ListedRow = MessageRow & { readonly position: string };
type DeliveryRow = DeliveryView & { readonly message: string };
type AttemptRow = Omit<AttemptView, 'body'> & { readonly body: Buffer | null; readonly delivery: string };

export function createMessageStore({ pool }: Pick<Database, 'pool'>): MessageStore {
  return {
    async list(filter, { limit, after }) {
      const listBy = filter.node === undefined && filter.state === undefined ? listMessages : listMessagesByDelivery;
      const { text, values } = listBy(filter, { limit: limit + 1, after: after?.[0] ?? null });
      const { rows } = await pool.query<ListedRow>(text, [...values]);
      const deliveries = await readDeliveries(pool, rows.slice(0, limit));
      const whole = rows.slice(0, limit).filter(({ id }) => deliveries.has(id));
      const { next } = pageOf(rows, whole.length, ({ position }) => [position]);
      return { items: whole.map((row) => messageOf(row, deliveries)), next };
    },
    async get(id) {
      const { rows } = await pool.query<MessageRow>(`SELECT ${messageColumns} FROM message m WHERE m.id = $1`, [id]);
      const [row] = rows;
      if (row === undefined) return null;
      const deliveries = await readDeliveries(pool, rows);
      return messageOf(row, deliveries);
    },
    async originOf(id) {
      const { rows } = await pool.query<{ origin: string }>('SELECT origin FROM message WHERE id = $1', [id]);
      return rows[0]?.origin ?? null;
    },
    async getPayload(id) {
      const text = 'SELECT origin, content_type AS "contentType", payload FROM message WHERE id = $1';
      const { rows } = await pool.query<MessagePayload>(text, [id]);
      return rows[0] ?? null;
    },
    async listAttempts(messageId, { limit, after }) {
      const { text, values } = listAttempts(messageId, { limit: limit + 1, after });
      const { rows } = await pool.query<AttemptRow>(text, [...values]);
      const { items, next } = pageOf(rows, limit, attemptPosition);
      return { items: items.map(attemptOf), next };
    },
  };
}

function messageOf(row: MessageRow, deliveries: ReadonlyMap<string, readonly DeliveryView[]>): MessageView {
  const { id, senderId, type, origin, contentType, size, digest, unrouted, createdAt } = row;
  const own = deliveries.get(id) ?? [];
  return { id, senderId, type, origin, contentType, size, digest, unrouted, createdAt, deliveries: own };
}

function attemptOf({ node, number, startedAt, duration, status, outcome, error, body }: AttemptRow): AttemptView {
  return { node, number, startedAt, duration, status, outcome, error, body: body && body.toString('utf8') };
}

/** The deliveries of messages, by message; without the last messages when there are too many deliveries for one page. */
async function readDeliveries(pool: pg.Pool, messages: readonly { readonly id: string }[]) {
  const ids = messages.map(({ id }) => id);
  const { rows } = await pool.query<DeliveryRow | (DeliveryRow & { id: null })>(deliveriesOfMessages, [
    ids,
    MOST_DELIVERIES,
  ]);
  const byMessage = new Map<string, DeliveryView[]>();
  for (const { message, ...delivery } of rows) {
    const deliveries = byMessage.get(message) ?? [];
    if (delivery.id !== null) deliveries.push(delivery);
    byMessage.set(message, deliveries);
  }
  return byMessage;
}

function attemptPosition({ startedAt, delivery, number }: AttemptRow) {
  return [startedAt.toISOString(), delivery, String(number)];
}
