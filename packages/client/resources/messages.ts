import type { Api, CallOptions } from '../http/api.ts';
import type { Delivery, DeliveryState } from './deliveries.ts';
import { createList, segment, type List, type Page, type PageQuery } from './paging.ts';

/** A message with its deliveries, all but its payload. */
export interface Message {
  readonly id: string;
  /** The sender's own id. */
  readonly senderId: string | null;
  readonly type: string;
  /** The id of the node it was sent by or for. */
  readonly origin: string;
  readonly contentType: string;
  /** Bytes of payload. */
  readonly size: number;
  /** SHA-256 of the payload, in hexadecimal. */
  readonly digest: string;
  /** No node was subscribed to its type. */
  readonly unrouted: boolean;
  readonly createdAt: string;
  readonly deliveries: readonly Delivery[];
}

export interface MessageFilter {
  readonly type?: string;
  /** The id of the node it was sent by or for. */
  readonly origin?: string;
  /** The id of a node that gets it. */
  readonly node?: string;
  /** Of one of its deliveries; of the one to `node`, if that is given. */
  readonly state?: DeliveryState;
  /** Accepted at or after this moment. */
  readonly since?: Date;
  /** Accepted before this moment. */
  readonly until?: Date;
}

/** One HTTP exchange of a delivery. */
export interface Attempt {
  /** The id of the node that was called. */
  readonly node: string;
  /** Of this delivery, from 1. */
  readonly number: number;
  readonly startedAt: string;
  /** Milliseconds. */
  readonly duration: number;
  /** Null without an answer. */
  readonly status: number | null;
  /** `success` for a 2xx, else what went wrong. */
  readonly outcome: string;
  readonly error: string | null;
  /** The first 4 KiB of the answer. */
  readonly body: string | null;
}

export interface MessagePayload {
  readonly bytes: Uint8Array;
  /** What the sender said that they are. */
  readonly contentType: string;
}

/** With a node's key: its own messages; with a user's credentials: all. */
export interface Messages extends List<Message, MessageFilter> {
  get(id: string, options?: CallOptions): Promise<Message>;
  /** What the sender handed in, byte for byte. */
  payload(id: string, options?: CallOptions): Promise<MessagePayload>;
  /** A page of a message's attempts to all its nodes, newest first. */
  attempts(id: string, query?: PageQuery, options?: CallOptions): Promise<Page<Attempt>>;
  allAttempts(id: string, options?: CallOptions): AsyncGenerator<Attempt, void, undefined>;
}

const PATH = '/api/v1/messages';

export function createMessages(api: Api): Messages {
  const attemptsOf = (id: string) => createList<Attempt, object>(api, `${PATH}/${segment(id)}/attempts`);
  return {
    ...createList<Message, MessageFilter>(api, PATH),
    get: (id, options) => api.call({ method: 'GET', path: `${PATH}/${segment(id)}`, ...options }),
    async payload(id, options) {
      const path = `${PATH}/${segment(id)}/payload`;
      const { bytes, header } = await api.bytes({ method: 'GET', path, ...options });
      return { bytes, contentType: header('x-payload-content-type') ?? '' };
    },
    attempts: (id, query, options) => attemptsOf(id).list(query, options),
    allAttempts: (id, options) => attemptsOf(id).all({}, options),
  };
}
