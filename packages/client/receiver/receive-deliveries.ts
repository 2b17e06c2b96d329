import { readBytes, type RequestBody } from './read-bytes.ts';
import { createSeenMessages, type SeenMessages } from './seen-messages.ts';
import { verifyDelivery, type DeliveryHeaders } from './verify-delivery.ts';

/** What is used of a request: Node's, Express's, Connect's. */
export interface ReceiverRequest extends RequestBody {
  readonly headers: Exclude<DeliveryHeaders, Headers>;
}

/** What is used of a response. */
export interface ReceiverResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body?: string): unknown;
  once(event: 'close', listener: () => void): unknown;
  readonly writableFinished: boolean;
}

export type ReceiverMiddleware = (
  request: ReceiverRequest,
  response: ReceiverResponse,
  next: (error?: unknown) => void,
) => void;

export interface ReceiverOptions {
  /** The node's secrets, `whsec_...`; a function where they change while the program runs, as in a rotation. */
  readonly secrets: readonly string[] | (() => readonly string[] | Promise<readonly string[]>);
  /**
   * Where the ids of messages are remembered that have been taken. Default: the last 100,000, in this process. With several processes, or
   * to know them after a restart, give one of your own: best in the database, in the transaction that stores what came.
   */
  readonly seen?: SeenMessages;
  /** Bytes; above it 413. Default: 16 MiB. */
  readonly largestBody?: number;
  /** Seconds, as for `verifyDelivery`. */
  readonly tolerance?: number;
}

/** A delivery whose signature is right. */
export interface ReceivedDelivery {
  /** The orchestrator's id of the message, the same on every attempt. */
  readonly id: string;
  /** When this attempt was made. */
  readonly timestamp: Date;
  /** As it was signed. */
  readonly body: Uint8Array;
  /** The body as UTF-8. */
  text(): string;
  /** @throws SyntaxError when the body is not JSON. */
  json(): unknown;
}

const LARGEST_BODY = 16 * 1_048_576;
const received = new WeakMap<object, ReceivedDelivery>();

/** The delivery in a request that went through `receiveDeliveries`. @throws Error in one that did not. */
export function deliveryOf(request: object): ReceivedDelivery {
  const delivery = received.get(request);
  if (delivery === undefined) throw new Error('this request did not come through receiveDeliveries');
  return delivery;
}

/**
 * A middleware for Express, or for `node:http` by hand, in front of whoever handles a delivery: `deliveryOf(request)` is then what came.
 * What is not signed by one of the secrets is answered 400 and goes no further, so that the orchestrator tries again: a secret half
 * changed heals. What has been taken before is answered 204, and goes no further either. A message counts as taken when its handler
 * has answered 2xx; one that comes while it is still being handled is answered 503.
 *
 * Put it before any parser of bodies: the signature covers the bytes. `express.raw` alone may come before it.
 */
export function receiveDeliveries(options: ReceiverOptions): ReceiverMiddleware {
  const { secrets, seen = createSeenMessages(), largestBody = LARGEST_BODY, tolerance } = options;
  const underWay = new Set<string>();

  async function receive(request: ReceiverRequest, response: ReceiverResponse): Promise<boolean> {
    const body = await readBytes(request, largestBody);
    if (body === null) return refuse(response, 413, `expected at most ${largestBody} bytes`);
    const verified = await verifyDelivery({
      headers: request.headers,
      body,
      secrets: typeof secrets === 'function' ? await secrets() : secrets,
      ...(tolerance !== undefined && { tolerance }),
    });
    if (!verified.ok) return refuse(response, 400, `${verified.reason}: ${verified.detail}`);
    const { id, timestamp } = verified;
    if (underWay.has(id)) return refuse(response, 503, `${id} is being handled`);
    claim(id, response);
    if (await seen.has(id)) return answer(response, 204);
    const text = () => new TextDecoder().decode(body);
    received.set(request, { id, timestamp, body, text, json: () => JSON.parse(text()) as unknown });
    request.body = body;
    return true;
  }

  /** Keeps an id to this request until it has ended, and remembers it if it was taken. */
  function claim(id: string, response: ReceiverResponse): void {
    underWay.add(id);
    response.once('close', () => {
      const isTaken = response.writableFinished && response.statusCode >= 200 && response.statusCode <= 299;
      void (isTaken ? remember(id) : Promise.resolve()).finally(() => underWay.delete(id));
    });
  }

  async function remember(id: string): Promise<void> {
    try {
      await seen.add(id);
    } catch {
      // It comes again, at worst: that is what at least once means. What is wrong with the memory, `has` will tell the next time.
    }
  }

  return (request, response, next) => {
    receive(request, response).then((goesOn) => {
      if (goesOn) next();
    }, next);
  };
}

function refuse(response: ReceiverResponse, status: number, detail: string): false {
  response.setHeader('content-type', 'application/problem+json');
  // What was not read of a body must not be taken for the next request.
  if (status === 413) response.setHeader('connection', 'close');
  if (status === 503) response.setHeader('retry-after', '1');
  return answer(response, status, JSON.stringify({ status, detail }));
}

function answer(response: ReceiverResponse, status: number, body?: string): false {
  response.statusCode = status;
  response.end(body);
  return false;
}
