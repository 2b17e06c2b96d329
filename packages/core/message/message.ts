/** A message as intake hands it to the store: complete, checked, its destinations resolved to node ids. */
export interface NewMessage {
  /** Ours: a UUID, version 7. */
  readonly id: string;
  /** Id of the node it was sent by or for. */
  readonly origin: string;
  /** The origin's DID, else its id. */
  readonly source: string;
  /** The sender's own id, which makes the call idempotent; null when it gave none. */
  readonly senderId: string | null;
  readonly type: string;
  readonly contentType: string;
  readonly payload: Buffer;
  /** SHA-256 of the payload. */
  readonly digest: Buffer;
  /** SHA-256 over all that a repeat of the call must agree in. */
  readonly fingerprint: Buffer;
  /** `recordedTime` digit for digit as a FEDeRATED sender wrote it, else null. */
  readonly recordedTime: string | null;
  readonly eventType: string | null;
  /** CloudEvents attributes to pass on, but those with a column of their own; the event's own source as `eventsource`. */
  readonly attributes: Readonly<Record<string, string>> | null;
  /** Ids of the nodes that get it, each once. */
  readonly nodes: readonly string[];
}

/** A message as a lane reads it to send it on. */
export interface OutboundMessage {
  readonly id: string;
  readonly source: string;
  readonly senderId: string | null;
  readonly type: string;
  readonly contentType: string;
  readonly payload: Buffer;
  readonly recordedTime: string | null;
  readonly eventType: string | null;
  readonly attributes: Readonly<Record<string, string>> | null;
  /** The moment of acceptance. */
  readonly createdAt: Date;
}

/** Whether a message came through the FEDeRATED node's call, whose fields federated nodes get back unchanged. */
export function isFederated(message: { readonly recordedTime: string | null }): boolean {
  return message.recordedTime !== null;
}

/** The FEDeRATED `messageType` of a message: its own, or `event` for one from elsewhere. */
export function messageTypeOf(message: { readonly recordedTime: string | null; readonly type: string }): string {
  return isFederated(message) ? message.type : 'event';
}
