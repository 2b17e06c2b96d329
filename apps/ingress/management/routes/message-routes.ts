import type { Principal } from '../../auth/principal.ts';
import type { Cursors } from '../cursor.ts';
import type { ManagementPorts } from '../ports.ts';
import { defineRoute, notFound, ok, VIEWERS, type Route } from '../route.ts';
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

/** `/messages`: what was handed in, and what became of it. */
export function messageRoutes(ports: Ports, cursors: Cursors): Route[] {
  return [listMessages, showMessage, listAttempts].map((make) => make(ports, cursors));
}

/** The node whose messages are all that one sees. */
function senderOf(principal: Principal): string | undefined {
  return principal.kind === 'node' ? principal.nodeId : undefined;
}

/** Someone else's message is as unknown as none. */
function requireVisible(origin: string | null | undefined, principal: Principal): void {
  const own = senderOf(principal);
  if (origin == null || (own !== undefined && origin !== own)) throw notFound('there is no such message');
}
