import type { RequestHandler } from 'express';
import { endedSessionCookie, sessionCookie } from '../../auth/session-cookie.ts';
import { Problem } from '../../http/problem.ts';
import type { ManagementPorts } from '../ports.ts';
import { defineRoute, ok, VIEWERS, type Route } from '../route.ts';
import * as schema from '../schemas/session.ts';

/** Seconds: a shift and what comes after it. */
const LIFETIME = 12 * 3_600;

const base = { path: '/session', tag: 'session' } as const;

const who = { 200: { description: 'Who is signed in.', schema: schema.session } };

type Ports = Pick<ManagementPorts, 'users' | 'tokens'>;

/** `/session`: where people sign in with a browser. The token stays out of every script's reach. */
export function sessionRoutes(ports: Ports, logInLimit: RequestHandler): Route[] {
  return [signIn(ports, logInLimit), showSession(), signOut()];
}

const signIn = ({ users, tokens }: Ports, logInLimit: RequestHandler) =>
  defineRoute(
    {
      ...base,
      method: 'post',
      summary: 'Signs a user in, by a cookie that lasts twelve hours.',
      description:
        'The cookie is accepted wherever a token is. What it is used for must come from our own pages: a request that changes something is refused with 403 unless `Sec-Fetch-Site` or `Origin` says so.',
      access: 'everyone',
      body: schema.signIn,
      guards: [logInLimit],
      answers: who,
    },
    async ({ body, secure }) => {
      const user = await users.verify(body.username, body.password);
      if (user === null) throw new Problem(401, 'wrong-credentials', 'the user name or the password is wrong');
      const { token, expiresIn } = tokens.issue(user, LIFETIME);
      const headers = { 'set-cookie': sessionCookie(token, expiresIn, secure) };
      return { ...ok({ username: user.username, role: user.role }), headers };
    },
  );

const showSession = () =>
  defineRoute(
    { ...base, method: 'get', summary: 'Says who is signed in.', access: VIEWERS, answers: who },
    async ({ principal }) => {
      const person = principal();
      if (person.kind !== 'user') throw new Problem(403, 'forbidden', "a node's key is no session");
      return ok({ username: person.username, role: person.role });
    },
  );

const signOut = () =>
  defineRoute(
    {
      ...base,
      method: 'delete',
      summary: "Signs out: takes the browser's cookie away.",
      access: 'everyone',
      answers: { 204: { description: 'Nobody is signed in.' } },
    },
    async ({ secure }) => ({ status: 204, headers: { 'set-cookie': endedSessionCookie(secure) } }),
  );
