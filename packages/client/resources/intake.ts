import type { Api, CallOptions } from '../http/api.ts';
import type { DeliveryState } from './deliveries.ts';

/** A message as our own call takes it (contract 2.2). */
export type NewMessage = {
  /** The sender's own id: sending the same again, the orchestrator answers with the first one's. */
  readonly id?: string;
  readonly type: string;
  /** Ids or DIDs of nodes. Left out: those whose subscription matches the type. */
  readonly destinations?: readonly string[];
  readonly contentType?: string;
  /** With a user's credentials: the node it is sent for, by id or DID. */
  readonly origin?: string;
} & (
  | {
      /** Anything that JSON can say. */
      readonly payload: unknown;
    }
  | {
      /** Bytes, passed on unchanged. */
      readonly payloadBase64: string;
    }
);

/** What a FEDeRATED node posts (contract 2.1). Takes a node's key. */
export interface FederatedMessage {
  /** Epoch seconds. */
  readonly recordedTime: number;
  readonly distributionRule?: 'static' | 'broadcast';
  readonly destinations?: readonly string[];
  readonly messageId: string;
  readonly messageType: 'event' | 'fullevent';
  /** Base64 of bytes that are passed on unchanged. */
  readonly message: string;
  readonly eventType?: string;
}

/** A CloudEvent 1.0 in its JSON format. `destinations` is a comma-separated list of node ids or DIDs. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly destinations?: string;
  readonly [attribute: string]: unknown;
}

/** Given once the message and all its deliveries are committed. */
export interface AcceptedMessage {
  /** The orchestrator's id of the message. */
  readonly id: string;
  readonly deliveries: readonly { readonly node: string; readonly state: DeliveryState }[];
  /** No node is subscribed to its type. */
  readonly unrouted?: true;
}

/** Hands in messages. What has an id of the sender's is safe to send again, and is sent again while that may help. */
export interface Intake {
  send(message: NewMessage, options?: CallOptions): Promise<AcceptedMessage>;
  /** Up to 1,000 messages: all or nothing. The answers are in order. */
  sendBatch(messages: readonly NewMessage[], options?: CallOptions): Promise<readonly AcceptedMessage[]>;
  sendFederated(message: FederatedMessage, options?: CallOptions): Promise<AcceptedMessage>;
  sendEvent(event: CloudEvent, options?: CallOptions): Promise<AcceptedMessage>;
  sendEvents(events: readonly CloudEvent[], options?: CallOptions): Promise<readonly AcceptedMessage[]>;
}

interface AcceptedBatch {
  readonly messages: readonly AcceptedMessage[];
}

const MESSAGES = '/api/v1/messages';
const EVENTS = '/api/v1/events';

export function createIntake(api: Api): Intake {
  const post = <Answer>(
    path: string,
    body: unknown,
    options: CallOptions & { repeatable: boolean; contentType?: string },
  ) => api.call<Answer>({ method: 'POST', path, body, ...options });

  return {
    send: (message, options) => post(MESSAGES, message, { ...options, repeatable: hasId(message) }),
    async sendBatch(messages, options) {
      const call = { ...options, repeatable: messages.every(hasId) };
      return (await post<AcceptedBatch>(`${MESSAGES}/batch`, { messages }, call)).messages;
    },
    sendFederated: (message, options) => post('/api/message', message, { ...options, repeatable: true }),
    sendEvent: (event, options) =>
      post(EVENTS, event, { ...options, repeatable: true, contentType: 'application/cloudevents+json' }),
    async sendEvents(events, options) {
      const call = { ...options, repeatable: true, contentType: 'application/cloudevents-batch+json' };
      return (await post<AcceptedBatch>(EVENTS, events, call)).messages;
    },
  };
}

function hasId({ id }: NewMessage): boolean {
  return id !== undefined;
}
