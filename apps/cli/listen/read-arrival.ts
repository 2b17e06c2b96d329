import { verifyDelivery, type NodeAuth, type Protocol } from '#client';

/** How the orchestrator may say to `listen` who it is: by what is the same in each request. */
export type ShownAuth = Extract<NodeAuth, { readonly type: 'none' | 'api-key' | 'basic' | 'bearer' }>;
import type { ReceivedRequest } from './receiver.ts';

/** What came in, read as a node of its protocol would. */
export interface Arrival {
  /** The orchestrator's id of the message, the same on every attempt. */
  readonly id: string;
  /** What its sender calls it. */
  readonly senderId: string;
  readonly type: string;
  /** DID or node id of the sender. */
  readonly origin: string;
  readonly contentType: string;
  readonly payload: Buffer;
}

export type Judgement =
  | { readonly ok: true; readonly arrival: Arrival }
  /** What a node would refuse it with, and why. */
  | { readonly ok: false; readonly status: number; readonly reason: string };

/** What a listening node knows of itself. */
export interface Identity {
  readonly protocol: Protocol;
  readonly secret: string;
  readonly auth: ShownAuth;
}

/** Judges a request as a careful node does: right place, signed by the orchestrator, with the credentials that were agreed on, readable. */
export async function readArrival(request: ReceivedRequest, identity: Identity, now: Date): Promise<Judgement> {
  const place = identity.protocol === 'federated' ? '/api/message' : '/';
  if (request.path !== place) return refused(404, `expected a request to ${place}, got one to ${request.path}`);
  if (request.method !== 'POST') return refused(405, `expected POST, got ${request.method}`);
  const { headers, body } = request;
  const verified = await verifyDelivery({ headers, body, secrets: [identity.secret], now });
  if (!verified.ok) return refused(401, `signature wrong: ${verified.detail}`);
  if (!hasCredentials(request, identity.auth)) {
    return refused(401, `signature ok, but without the credentials of --auth ${identity.auth.type}`);
  }
  const arrival =
    identity.protocol === 'federated' ? readFederated(request, verified.id) : readWebhook(request, verified.id);
  return arrival === null
    ? refused(400, 'signature ok, but the body is not what a FEDeRATED node gets')
    : { ok: true, arrival };
}

function refused(status: number, reason: string): Judgement {
  return { ok: false, status, reason };
}

function hasCredentials({ headers }: ReceivedRequest, auth: ShownAuth): boolean {
  switch (auth.type) {
    case 'none':
      return true;
    case 'api-key':
      return headers[auth.header.toLowerCase()] === auth.value;
    case 'basic':
      return headers.authorization === `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
    case 'bearer':
      return headers.authorization === `Bearer ${auth.token}`;
  }
}

/** The payload as it is, metadata in CloudEvents headers. */
function readWebhook({ headers, body }: ReceivedRequest, id: string): Arrival {
  const attribute = (name: string) => decodeAttribute(headers[`ce-${name}`]);
  return {
    id,
    senderId: attribute('id'),
    type: attribute('type'),
    origin: attribute('source'),
    contentType: headers['content-type'] ?? '',
    payload: body,
  };
}

/** The FEDeRATED node's call, the payload in base64. Null when it is something else. */
function readFederated({ body }: ReceivedRequest, id: string): Arrival | null {
  const call = parseJson(body);
  if (call === null) return null;
  const { messageId, messageType, eventType, message, origin } = call;
  if ([messageId, messageType, message, origin].some((member) => typeof member !== 'string')) return null;
  return {
    id,
    senderId: String(messageId),
    type: typeof eventType === 'string' ? `${String(messageType)} (${eventType})` : String(messageType),
    origin: String(origin),
    contentType: 'application/json',
    payload: Buffer.from(String(message), 'base64'),
  };
}

function parseJson(body: Buffer): Record<string, unknown> | null {
  try {
    const value = JSON.parse(body.toString()) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    // Said by the caller, in the same words as for JSON of another kind.
    return null;
  }
}

/** Percent-decoded, as the CloudEvents HTTP binding asks for (1.0.2, 3.1.3.2). */
function decodeAttribute(value: string | readonly string[] | undefined): string {
  const text = String(value ?? '');
  try {
    return decodeURIComponent(text);
  } catch {
    // Not encoded the way it should be: shown as it came.
    return text;
  }
}
