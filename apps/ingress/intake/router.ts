import { Router, type RequestHandler } from 'express';
import type { AcceptedMessage, AcceptMessages, Report } from '#core';
import type { Authentication } from '../auth/authentication.ts';
import { actorOf, type Principal } from '../auth/principal.ts';
import { methodNotAllowed } from '../http/error-handler.ts';
import { readBody } from '../http/read-body.ts';
import { sendJson } from '../http/send-json.ts';
import { acceptedOf, answerOf, committed, senderOf } from './accepted.ts';
import { cloudEvents, federatedCall, nativeBatch, nativeCall, type IntakeCall, type Requested } from './calls.ts';
import { traced } from './traced.ts';

export interface IntakeOptions {
  readonly identify: Authentication['identify'];
  readonly accept: AcceptMessages;
  /** `server.body`: largest body, in bytes. */
  readonly largestBody: number;
  readonly report: Report;
}

/** The routes that take messages (contract section 2). They authenticate themselves, and have as little before them as can be. */
export function createIntakeRouter(options: IntakeOptions): Router {
  const router = Router();
  const post = (path: string, call: IntakeCall) =>
    router.route(path).post(takeMessages(call, options)).all(methodNotAllowed('POST'));
  // Also listed by the management API, which answers for its other methods.
  router.post('/api/v1/messages', takeMessages(nativeCall, options));
  post('/api/message', federatedCall);
  // The FEDeRATED node's client joins its base URL and the path with one slash too many.
  post('//api/message', federatedCall);
  post('/api/v1/messages/batch', nativeBatch);
  post('/api/v1/events', cloudEvents);
  return router;
}

/** Answers 202 once everything is committed, and not before. */
function takeMessages(call: IntakeCall, { identify, accept, largestBody, report }: IntakeOptions): RequestHandler {
  return async (request, response) => {
    const principal = await identify(request);
    const sender = senderOf(principal);
    call.check(request, principal);
    const body = await readBody(request, largestBody);
    const requested = call.read(request, body, principal);
    const acceptance = await traced(request.headers, requested.calls, (calls) =>
      committed(accept(sender, calls), report),
    );
    const messages = acceptedOf(acceptance, requested);
    sendJson(response, 202, requested.batch ? { messages: messages.map(answerOf) } : messages.map(answerOf)[0]);
    report.info('message.accepted', factsOf(principal, requested, messages));
  };
}

/** One event a request: of a batch the ids in a list, and the rest in sum. */
function factsOf(principal: Principal, { calls, batch }: Requested, messages: readonly AcceptedMessage[]) {
  const ids = messages.map(({ id }) => id);
  const single = { id: ids[0], senderId: calls[0]?.senderId, origin: messages[0]?.origin, type: calls[0]?.type };
  return {
    ...(batch ? { ids } : single),
    actor: actorOf(principal),
    messages: messages.length,
    deliveries: messages.reduce((sum, { deliveries }) => sum + deliveries.length, 0),
    repeated: messages.filter(({ repeated }) => repeated).length,
    unrouted: messages.filter(({ unrouted }) => unrouted).length,
    size: calls.reduce((sum, { payload }) => sum + payload.length, 0),
  };
}
