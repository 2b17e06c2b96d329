import type { UserConflict } from '#persistence';
import { Problem } from '../../http/problem.ts';
import type { Cursors } from '../cursor.ts';
import type { ManagementPorts } from '../ports.ts';
import { ADMINISTRATORS, defineRoute, notFound, ok, type Route } from '../route.ts';
import { listQuery } from '../schemas/node.ts';
import * as schema from '../schemas/user.ts';

const base = { path: '/users/{id}', tag: 'users', access: ADMINISTRATORS, params: schema.userPath } as const;
const one = { description: 'The user.', schema: schema.user };

type Ports = Pick<ManagementPorts, 'users'>;
type MakeRoute = (ports: Ports, cursors: Cursors) => Route;

const listUsers: MakeRoute = ({ users }, cursors) =>
  defineRoute(
    {
      method: 'get',
      path: '/users',
      tag: 'users',
      access: ADMINISTRATORS,
      summary: 'Lists the users.',
      query: listQuery,
      answers: { 200: { description: 'The users.', schema: schema.userList } },
    },
    async ({ query }) => ok(cursors.answer('users', await users.list(cursors.request('users', query)))),
  );

const createUser: MakeRoute = ({ users }) =>
  defineRoute(
    {
      method: 'post',
      path: '/users',
      tag: 'users',
      access: ADMINISTRATORS,
      summary: 'Adds a user.',
      body: schema.userInput,
      answers: { 201: one },
    },
    async ({ body, actor }) => ({ status: 201, body: unlessConflict(await users.create(body, actor())) }),
  );

const showUser: MakeRoute = ({ users }) =>
  defineRoute({ ...base, method: 'get', summary: 'Shows a user.', answers: { 200: one } }, async ({ params }) =>
    ok((await users.findUser(params.id)) ?? unknownUser()),
  );

const changeUser: MakeRoute = ({ users }) =>
  defineRoute(
    {
      ...base,
      method: 'patch',
      summary: 'Changes a user.',
      description: 'The last administrator stays one.',
      body: schema.userPatch,
      answers: { 200: one },
    },
    async ({ params, body, actor }) =>
      ok(unlessConflict((await users.patch(params.id, body, actor())) ?? unknownUser())),
  );

const removeUser: MakeRoute = ({ users }) =>
  defineRoute(
    {
      ...base,
      method: 'delete',
      summary: 'Removes a user.',
      description: 'The last administrator stays.',
      answers: { 204: { description: 'It is gone; within seconds its tokens are worth nothing.' } },
    },
    async ({ params, actor }) => {
      const outcome = (await users.remove(params.id, actor())) ?? unknownUser();
      if (outcome !== 'removed') unlessConflict(outcome);
      return { status: 204 };
    },
  );

/** `/users`: who may sign in. */
export function userRoutes(ports: Ports, cursors: Cursors): Route[] {
  return [listUsers, createUser, showUser, changeUser, removeUser].map((make) => make(ports, cursors));
}

function unknownUser(): never {
  throw notFound('there is no such user');
}

const CONFLICTS: Record<UserConflict['conflict'], string> = {
  'username-taken': 'another user has that name',
  'last-administrator': 'there would be no administrator left',
};

function unlessConflict<Outcome extends object>(outcome: Outcome | UserConflict): Outcome {
  if ('conflict' in outcome) throw new Problem(409, outcome.conflict, CONFLICTS[outcome.conflict]);
  return outcome;
}
