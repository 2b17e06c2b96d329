import { randomBytes, randomUUID } from 'node:crypto';
import type { AcceptedRecord } from '#testkit';
import { z } from 'zod';
import { digestOf } from './receivers.ts';

export interface SenderOptions {
  /** Where the ingress is now: it may be restarted elsewhere. */
  url(): string;
  /** The API key of a node. */
  readonly key: string;
}

/** A sender that keeps a list of what it was told, and repeats a call with the same id until it is told something. */
export interface Sender {
  /** Sends one message to these nodes, once; answers the status, null when there was none. */
  sendOnce(nodes: readonly string[]): Promise<number | null>;
  /** Sends `count` messages, each to all of these nodes, a batch at a time. */
  sendMany(count: number, nodes: readonly string[]): Promise<void>;
  /** Makes the FEDeRATED node's call, once; answers the status. */
  sendFederated(messageType: 'event' | 'fullevent', nodes: readonly string[]): Promise<number | null>;
  /** Sends a body as it is, whose payload is to arrive as these bytes; answers the status. Throws unless it is accepted or refused by a problem document. */
  offer(path: string, body: string | Buffer, payload: Buffer, nodes: readonly string[]): Promise<number>;
  /** Sends one message to these nodes, again and again until it is accepted. */
  sendSurely(nodes: readonly string[]): Promise<void>;
  /** Sends a batch of `count` messages, at most 1,000, once; answers the status, null when there was none. */
  sendManyOnce(count: number, nodes: readonly string[]): Promise<number | null>;
  /** The same again and again until it is accepted. */
  sendManySurely(count: number, nodes: readonly string[]): Promise<void>;
  /** What was answered 2xx. */
  readonly accepted: readonly AcceptedRecord[];
  /** The API key that it sends with. */
  readonly key: string;
  /** How often each status was answered; `none`: no answer. */
  readonly statuses: ReadonlyMap<number | 'none', number>;
}

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: unknown;
}

interface Draft {
  readonly id: string;
  readonly payload: Buffer;
  readonly nodes: readonly string[];
}

const MOST_IN_BATCH = 1_000;
/** Ms. */
const PAUSE_BEFORE_REPEAT = 100;
const acceptedSchema = z.object({ id: z.string() });
const batchSchema = z.object({ messages: z.array(acceptedSchema) });

export function createSender({ url, key }: SenderOptions): Sender {
  const accepted: AcceptedRecord[] = [];
  const known = new Set<string>();
  const statuses = new Map<number | 'none', number>();

  /** The answer; null when the connection broke before there was one. */
  async function post(path: string, body: string | Buffer): Promise<Answer | null> {
    let answer: Answer | null = null;
    try {
      const headers = { 'x-api-key': key, 'content-type': 'application/json' };
      const bytes = new Uint8Array(Buffer.from(body));
      const response = await fetch(url() + path, { method: 'POST', headers, body: bytes });
      answer = { status: response.status, type: response.headers.get('content-type'), body: await response.json() };
    } catch (error) {
      // What fetch rejects with when it is not answered; anything else is a mistake of the test.
      if (!isNetworkError(error)) throw error;
    }
    const status = answer?.status ?? 'none';
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    return answer;
  }

  function note(message: string, { payload, nodes }: Pick<Draft, 'payload' | 'nodes'>): void {
    // A repeat of a call whose answer was lost may be told of twice.
    if (known.has(message)) return;
    known.add(message);
    accepted.push({ message, digest: digestOf(payload), nodes });
  }

  async function send(draft: Draft): Promise<number | null> {
    const answer = await post('/api/v1/messages', JSON.stringify(callOf(draft)));
    if (answer?.status === 202) note(acceptedSchema.parse(answer.body).id, draft);
    return answer?.status ?? null;
  }

  async function sendFederated(messageType: string, draft: Draft): Promise<number | null> {
    const answer = await post('/api/message', JSON.stringify(federatedCallOf(messageType, draft)));
    if (answer?.status === 202) note(acceptedSchema.parse(answer.body).id, draft);
    return answer?.status ?? null;
  }

  async function offer(path: string, body: string | Buffer, payload: Buffer, nodes: readonly string[]) {
    const answer = await post(path, body);
    if (answer?.status === 202) note(acceptedSchema.parse(answer.body).id, { payload, nodes });
    else if (answer?.type?.startsWith('application/problem+json') !== true) {
      throw new Error(`neither accepted nor a problem document: ${JSON.stringify(answer)}`);
    }
    return answer.status;
  }

  async function sendBatch(drafts: readonly Draft[]): Promise<Answer | null> {
    const answer = await post('/api/v1/messages/batch', JSON.stringify({ messages: drafts.map(callOf) }));
    if (answer?.status === 202) {
      batchSchema.parse(answer.body).messages.forEach(({ id }, i) => note(id, drafts[i] as Draft));
    }
    return answer;
  }

  async function untilAccepted(send: () => Promise<number | null>): Promise<void> {
    while ((await send()) !== 202) await new Promise((resolve) => setTimeout(resolve, PAUSE_BEFORE_REPEAT));
  }

  return {
    sendOnce: (nodes) => send(draftFor(nodes)),
    sendFederated: (messageType, nodes) => sendFederated(messageType, draftFor(nodes)),
    async sendMany(count, nodes) {
      for (let sent = 0; sent < count; sent += MOST_IN_BATCH) {
        const length = Math.min(MOST_IN_BATCH, count - sent);
        const answer = await sendBatch(draftsFor(length, nodes));
        if (answer?.status !== 202) throw new Error(`a batch was not accepted: ${JSON.stringify(answer)}`);
      }
    },
    offer,
    async sendSurely(nodes) {
      const draft = draftFor(nodes);
      await untilAccepted(() => send(draft));
    },
    sendManyOnce: async (count, nodes) => (await sendBatch(draftsFor(count, nodes)))?.status ?? null,
    async sendManySurely(count, nodes) {
      const drafts = draftsFor(count, nodes);
      await untilAccepted(async () => (await sendBatch(drafts))?.status ?? null);
    },
    accepted,
    key,
    statuses,
  };
}

/** By name: `fetch` throws the TypeError of another realm than that of a test. */
function isNetworkError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'TypeError';
}

function draftsFor(count: number, nodes: readonly string[]): Draft[] {
  return Array.from({ length: count }, () => draftFor(nodes));
}

function draftFor(nodes: readonly string[]): Draft {
  return { id: randomUUID(), payload: randomBytes(64), nodes };
}

function callOf({ id, payload, nodes }: Draft) {
  const payloadBase64 = payload.toString('base64');
  return { id, type: 'test.fault', contentType: 'application/octet-stream', destinations: nodes, payloadBase64 };
}

function federatedCallOf(messageType: string, { id, payload, nodes }: Draft) {
  const message = payload.toString('base64');
  return {
    recordedTime: 1_735_689_600,
    distributionRule: 'static',
    destinations: nodes,
    messageId: id,
    messageType,
    message,
  };
}
