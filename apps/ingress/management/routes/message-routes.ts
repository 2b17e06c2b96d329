import type { MessagePayload } from '#persistence';
import type { Principal } from '../../auth/principal.ts';
import type { Problem } from '../../http/problem.ts';
import type { Cursors } from '../cursor.ts';
import type { ManagementPorts } from '../ports.ts';
import { defineRoute, notFound, ok, VIEWERS, type Answer, type Route } from '../route.ts';
import { between } from '../schemas/fields.ts';
import * as schema from '../schemas/message.ts';

const SENDERS_TOO = [...VIEWERS, 'node'] as const;
const base = { tag: 'messages', access: SENDERS_TOO } as const;

type Ports = Pick<ManagementPorts, 'messages'>;
type MakeRoute = (ports: Ports, cursors: Cursors) => Route;

const listMessages: MakeRoute = ({ messages }, cursors) =>
  defineRoute(
    {
      ...base,
      method: 'get',
      path: '/messages',
      summary: 'Lists messages with their deliveries. A sender sees its own.',
      description: 'A page holds fewer messages than its limit when these have thousands of deliveries each.',
      query: schema.messageQuery,
      answers: { 200: { description: 'The messages.', schema: schema.messageList } },
    },
    async ({ query, principal }) => {
      const { type, origin, node, state } = query;
      const own = senderOf(principal());
      if (own !== undefined && origin !== undefined && origin !== own) return ok({ items: [], next: null });
      // A place among all messages is another than one among those with certain deliveries.
      const name = node === undefined && state === undefined ? 'messages' : 'messages by delivery';
      const filter = { type, origin: own ?? origin, node, state, ...between(query) };
      return ok(cursors.answer(name, await messages.list(filter, cursors.request(name, query))));
    },
  );

const showMessage: MakeRoute = ({ messages }) =>
  defineRoute(
    {
      ...base,
      method: 'get',
      path: '/messages/{id}',
      summary: 'Shows a message with its deliveries. A sender sees its own.',
      params: schema.messagePath,
      answers: { 200: { description: 'The message.', schema: schema.message } },
    },
    async ({ params, principal }) => {
      const message = await messages.get(params.id);
      requireVisible(message?.origin, principal());
      return ok(message);
    },
  );

const listAttempts: MakeRoute = ({ messages }, cursors) =>
  defineRoute(
    {
      ...base,
      method: 'get',
      path: '/messages/{id}/attempts',
      summary: 'Lists the attempts of a message, to all nodes. A sender sees those of its own.',
      params: schema.messagePath,
      query: schema.attemptQuery,
      answers: { 200: { description: 'The attempts.', schema: schema.attemptList } },
    },
    async ({ params, query, principal }) => {
      requireVisible(await messages.originOf(params.id), principal());
      const name = `attempts of ${params.id}`;
      return ok(cursors.answer(name, await messages.listAttempts(params.id, cursors.request(name, query))));
    },
  );

const showPayload: MakeRoute = ({ messages }) =>
  defineRoute(
    {
      ...base,
      method: 'get',
      path: '/messages/{id}/payload',
      summary: "Answers a message's payload, byte for byte. A sender sees that of its own.",
      description:
        'Its own content type is in `x-payload-content-type`: what a sender hands in must not be shown, or run, as a page of ours.',
      params: schema.messagePath,
      answers: { 200: { description: 'The bytes.', mediaType: 'application/octet-stream' } },
    },
    async ({ params, principal }) => {
      const message = await messages.getPayload(params.id);
      if (message === null) throw unknownMessage();
      requireVisible(message.origin, principal());
      return bytesOf(params.id, message);
    },
  );

/** A content type is whatever the sender wrote: what a header can't hold becomes a question mark. */
function bytesOf(id: string, { contentType, payload }: MessagePayload): Answer {
  const headers = {
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="${id}"`,
    'content-length': String(payload.length),
    'x-payload-content-type': contentType.replaceAll(/[^\t\x20-\x7e]/g, '?'),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  };
  return { status: 200, headers, send: (response) => void response.end(payload) };
}

/** `/messages`: what was handed in, and what became of it. */
export function messageRoutes(ports: Ports, cursors: Cursors): Route[] {
  return [listMessages, showMessage, showPayload, listAttempts].map((make) => make(ports, cursors));
}

/** The node whose messages are all that one sees. */
function senderOf(principal: Principal): string | undefined {
  return principal.kind === 'node' ? principal.nodeId : undefined;
}

/** Someone else's message is as unknown as none. */
function requireVisible(origin: string | null | undefined, principal: Principal): void {
  const own = senderOf(principal);
  if (origin == null || (own !== undefined && origin !== own)) throw unknownMessage();
}

function unknownMessage(): Problem {
  return notFound('there is no such message');
}
