import { generateWebhookSecret, type NodeAuth, type NodeTls } from '#core';
import type { NodeConflict } from '#persistence';
import type { Principal } from '../../auth/principal.ts';
import { Problem } from '../../http/problem.ts';
import type { Cursors } from '../cursor.ts';
import type { ManagementPorts } from '../ports.ts';
import { ADMINISTRATORS, defineRoute, invalidRequest, notFound, OPERATORS, ok, VIEWERS, type Route } from '../route.ts';
import * as schema from '../schemas/node.ts';

type Ports = Pick<ManagementPorts, 'nodes' | 'checkNode' | 'ping' | 'wake'>;

const one = { description: 'The node.', schema: schema.node };
const base = { path: '/nodes/{id}', tag: 'nodes', params: schema.nodePath } as const;

type MakeRoute = (ports: Ports, cursors: Cursors) => Route;

const listNodes: MakeRoute = ({ nodes }, cursors) =>
  defineRoute(
    {
      method: 'get',
      path: '/nodes',
      tag: 'nodes',
      summary: 'Lists the nodes.',
      access: VIEWERS,
      query: schema.listQuery,
      answers: { 200: { description: 'The nodes.', schema: schema.nodeList } },
    },
    async ({ query }) => ok(cursors.answer('nodes', await nodes.list(cursors.request('nodes', query)))),
  );

const showNode: MakeRoute = ({ nodes }) =>
  defineRoute(
    { ...base, method: 'get', summary: 'Shows a node.', access: VIEWERS, answers: { 200: one } },
    async ({ params }) => ok((await nodes.get(params.id)) ?? unknownNode()),
  );

const putNode: MakeRoute = ({ nodes, checkNode, wake }) =>
  defineRoute(
    {
      ...base,
      method: 'put',
      summary: 'Creates or replaces a node.',
      description:
        'What is left out gets its default, with two exceptions: `paused` and `secret` stay as they are, so that a node which was ' +
        'read can be written back although its secret is never shown. `"secret": null` removes it. Credentials in `auth` and `tls` do not ' +
        'stay: without them none are sent, so that they never reach an address they were not given for. ' +
        '`secret` takes an administrator.',
      access: OPERATORS,
      body: schema.nodeInput,
      answers: { 200: { ...one, description: 'It was replaced.' }, 201: { ...one, description: 'It was created.' } },
    },
    async ({ params, body, principal, actor }) => {
      requireRight(body, principal());
      refuseMistakes(params.id, body, checkNode);
      const { node, created } = unlessTaken(await nodes.put(params.id, body, actor()));
      wake([node.id]);
      return { status: created ? 201 : 200, body: node };
    },
  );

const changeNode: MakeRoute = ({ nodes, checkNode, wake }) =>
  defineRoute(
    {
      ...base,
      method: 'patch',
      summary: 'Changes a node.',
      description: 'What is left out stays; null removes (RFC 7396). `secret` takes an administrator.',
      access: OPERATORS,
      body: schema.nodePatch,
      answers: { 200: one },
    },
    async ({ params, body, principal, actor }) => {
      requireRight(body, principal());
      refuseMistakes(params.id, body, checkNode);
      const { node } = unlessTaken((await nodes.patch(params.id, body, actor())) ?? unknownNode());
      wake([node.id]);
      return ok(node);
    },
  );

const deleteNode: MakeRoute = ({ nodes }) =>
  defineRoute(
    {
      ...base,
      method: 'delete',
      summary: 'Deletes a node, its keys, and cancels what is pending for it.',
      access: OPERATORS,
      answers: { 204: { description: 'It is gone.' } },
    },
    async ({ params, actor }) => {
      if (!(await nodes.remove(params.id, actor()))) unknownNode();
      return { status: 204 };
    },
  );

const pauseNode: MakeRoute = ({ nodes }) =>
  defineRoute(
    {
      ...base,
      method: 'post',
      path: '/nodes/{id}/pause',
      summary: 'Pauses a node: it keeps collecting deliveries and gets none; what is in flight ends.',
      access: OPERATORS,
      answers: { 200: one },
    },
    async ({ params, actor }) => ok((await nodes.setPaused(params.id, true, actor())) ?? unknownNode()),
  );

const resumeNode: MakeRoute = ({ nodes, wake }) =>
  defineRoute(
    {
      ...base,
      method: 'post',
      path: '/nodes/{id}/resume',
      summary: 'Ends the pause of a node.',
      access: OPERATORS,
      answers: { 200: one },
    },
    async ({ params, actor }) => {
      const node = (await nodes.setPaused(params.id, false, actor())) ?? unknownNode();
      wake([node.id]);
      return ok(node);
    },
  );

const rotateSecret: MakeRoute = ({ nodes }) =>
  defineRoute(
    {
      ...base,
      method: 'post',
      path: '/nodes/{id}/rotate-secret',
      summary: 'Gives a node a new secret, beside which the one before it signs for a while.',
      access: ADMINISTRATORS,
      body: schema.rotation,
      bodyMay: ['none-is-empty'],
      answers: { 200: { description: 'The new secret.', schema: schema.rotated } },
    },
    async ({ params, body, actor }) => {
      const secret = body.secret ?? generateWebhookSecret();
      const { previousUntil } = (await nodes.rotateSecret(params.id, secret, body.overlap, actor())) ?? unknownNode();
      return ok({ secret, previousUntil });
    },
  );

const pingNode: MakeRoute = ({ nodes, ping }) =>
  defineRoute(
    {
      ...base,
      method: 'post',
      path: '/nodes/{id}/ping',
      summary: 'Makes one signed test request to a node, and reports what came back.',
      access: OPERATORS,
      answers: { 200: { description: 'What came back.', schema: schema.pinged } },
    },
    async ({ params }) => {
      const node = (await nodes.getDeliverable(params.id)) ?? unknownNode();
      const { outcome, status, duration, error, body } = await ping(node);
      return ok({ outcome, status, duration, error, body: body && body.toString('utf8') });
    },
  );

/** `/nodes`: where messages can go. */
export function nodeRoutes(ports: Ports, cursors: Cursors): Route[] {
  return [listNodes, showNode, putNode, changeNode, deleteNode, pauseNode, resumeNode, rotateSecret, pingNode].map(
    (make) => make(ports, cursors),
  );
}

interface NodeBody {
  readonly id?: string | undefined;
  readonly url?: string | undefined;
  readonly auth?: NodeAuth | null | undefined;
  readonly tls?: NodeTls | null | undefined;
  readonly secret?: string | null | undefined;
}

/** Operators manage nodes, but not secrets. */
function requireRight({ secret }: NodeBody, principal: Principal): void {
  const isAdministrator = principal.kind === 'user' && principal.role === 'admin';
  if (secret !== undefined && !isAdministrator) throw new Problem(403, 'forbidden', 'a secret takes the role admin');
}

/** What the schema of a body can't know. */
function refuseMistakes(id: string, body: NodeBody, checkNode: Ports['checkNode']): void {
  const renamed = body.id !== undefined && body.id !== id;
  const problems = [
    ...(renamed ? [{ path: 'id', message: `expected ${id} as in the path, or nothing` }] : []),
    ...checkNode({ url: body.url, auth: body.auth, tls: body.tls }),
  ];
  if (problems.length > 0) throw invalidRequest(problems);
}

function unknownNode(): never {
  throw notFound('there is no such node');
}

function unlessTaken<Outcome extends object>(outcome: Outcome | NodeConflict): Outcome {
  if (!('taken' in outcome)) return outcome;
  throw new Problem(409, 'name-taken', `another node is called ${outcome.taken} already, by its id or its DID`);
}
