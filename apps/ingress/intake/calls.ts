import type { Request } from 'express';
import {
  parseBinaryCloudEvent,
  parseCloudEvent,
  parseCloudEventBatch,
  parseFederatedCall,
  parseNativeBatch,
  parseNativeCall,
  type Call,
} from '#core';
import type { Principal } from '../auth/principal.ts';
import { mediaTypeOf, requireMediaType, unsupportedType } from '../http/media-type.ts';
import { Problem } from '../http/problem.ts';
import { valueOf } from '../http/read-json.ts';

/** One way to hand in messages. */
export interface IntakeCall {
  /** Refuses what the headers and the sender rule out, before the body is read. */
  check(request: Request, principal: Principal): void;
  /** @throws Problem 400 with an entry for each thing that is wrong. */
  read(request: Request, body: Buffer, principal: Principal): Requested;
}

/** The calls of a request. */
export interface Requested {
  readonly calls: readonly Call[];
  /** Where each of them stands in the body, for the problems it has. */
  pathOf(position: number): string;
  /** Whether the answer is a list. */
  readonly batch: boolean;
}

/** The FEDeRATED node's call (contract 2.1). It has no field for the origin: only a node's own key says it. */
export const federatedCall: IntakeCall = {
  check(request, principal) {
    if (principal.kind !== 'node') {
      throw new Problem(
        403,
        'forbidden',
        "this call takes a node's key in x-api-key: the node is the message's origin",
      );
    }
    requireMediaType(request, JSON_TYPE);
  },
  read: (_request, body) => one(valueOf(parseFederatedCall(body))),
};

/** Our own call (contract 2.2). */
export const nativeCall: IntakeCall = {
  check: (request) => requireMediaType(request, JSON_TYPE),
  read: (_request, body) => one(valueOf(parseNativeCall(body))),
};

export const nativeBatch: IntakeCall = {
  check: (request) => requireMediaType(request, JSON_TYPE),
  read: (_request, body) => many(valueOf(parseNativeBatch(body)), 'messages'),
};

/** CloudEvents (contract 2.3): the content type tells the mode. */
export const cloudEvents: IntakeCall = {
  check(request) {
    const type = mediaTypeOf(request);
    if (type === STRUCTURED || type === BATCH) requireMediaType(request, type);
    else if (type.startsWith('application/cloudevents')) {
      throw unsupportedType(`expected ${STRUCTURED}, ${BATCH} or binary mode, got ${type}`);
    }
  },
  read(request, body, principal) {
    const requested = readEvents(request, body);
    if (principal.kind === 'user') return requested;
    // What an event says of its origin is passed on, and means nothing here: the key has said it.
    return { ...requested, calls: requested.calls.map((call) => ({ ...call, origin: null })) };
  },
};

const JSON_TYPE = 'application/json';
const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';

function readEvents(request: Request, body: Buffer): Requested {
  const type = mediaTypeOf(request);
  if (type === STRUCTURED) return one(valueOf(parseCloudEvent(body)));
  if (type === BATCH) return many(valueOf(parseCloudEventBatch(body)), '');
  return one(valueOf(parseBinaryCloudEvent(headersOf(request), request.headers['content-type'], body)));
}

/** Every header as it was sent, doubled ones too: Node lists names and values in turn. */
function headersOf({ rawHeaders }: Request): [string, string][] {
  return rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [[name, rawHeaders[i + 1] ?? ''] as [string, string]] : []));
}

function one(call: Call): Requested {
  return { calls: [call], pathOf: () => '', batch: false };
}

function many(calls: readonly Call[], list: string): Requested {
  return { calls, pathOf: (position) => `${list}[${position}]`, batch: true };
}
