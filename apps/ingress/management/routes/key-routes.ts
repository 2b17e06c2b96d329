import type { z } from 'zod';
import type { Cursors } from '../cursor.ts';
import type { ManagementPorts } from '../ports.ts';
import { ADMINISTRATORS, defineRoute, invalidRequest, notFound, ok, type Route } from '../route.ts';
import * as schema from '../schemas/key.ts';
import { listQuery, nodePath } from '../schemas/node.ts';

const base = { path: '/nodes/{id}/keys', tag: 'keys', access: ADMINISTRATORS, params: nodePath } as const;

type Ports = Pick<ManagementPorts, 'keys'>;
type MakeRoute = (ports: Ports, cursors: Cursors) => Route;

const createKey: MakeRoute = ({ keys }) =>
  defineRoute(
    {
      ...base,
      method: 'post',
      summary: 'Makes a key for a node to send with.',
      body: schema.keyInput,
      answers: { 201: { description: 'The key, shown this once.', schema: schema.newKey } },
    },
    async ({ params, body, actor }) => ({
      status: 201,
      body: (await keys.create(params.id, keyOf(body), actor())) ?? unknownNode(),
    }),
  );

const listKeys: MakeRoute = ({ keys }, cursors) =>
  defineRoute(
    {
      ...base,
      method: 'get',
      summary: "Lists a node's keys.",
      query: listQuery,
      answers: { 200: { description: 'The keys.', schema: schema.keyList } },
    },
    async ({ params, query }) => {
      const name = `keys of ${params.id}`;
      const page = (await keys.list(params.id, cursors.request(name, query))) ?? unknownNode();
      return ok(cursors.answer(name, page));
    },
  );

const revokeKey: MakeRoute = ({ keys }) =>
  defineRoute(
    {
      ...base,
      method: 'delete',
      path: '/nodes/{id}/keys/{key}',
      summary: 'Revokes a key.',
      params: schema.keyPath,
      answers: { 204: { description: 'It is gone; within seconds nobody can send with it.' } },
    },
    async ({ params, actor }) => {
      if (!(await keys.remove(params.id, params.key, actor()))) throw notFound('the node has no such key');
      return { status: 204 };
    },
  );

/** `/nodes/{id}/keys`: what nodes send with. */
export function keyRoutes(ports: Ports, cursors: Cursors): Route[] {
  return [createKey, listKeys, revokeKey].map((make) => make(ports, cursors));
}

function keyOf({ name, expiresAt }: z.output<typeof schema.keyInput>) {
  const end = expiresAt == null ? null : new Date(expiresAt);
  if (end !== null && end <= new Date())
    throw invalidRequest([{ path: 'expiresAt', message: 'expected a moment to come' }]);
  return { name, expiresAt: end };
}

function unknownNode(): never {
  throw notFound('there is no such node');
}
