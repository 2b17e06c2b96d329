import type { Request, RequestHandler } from 'express';
import { Problem } from '../../http/problem.ts';
import type { ManagementPorts } from '../ports.ts';
import { defineRoute, type Route } from '../route.ts';
import * as schema from '../schemas/token.ts';

/** `/token`: where users sign in (RFC 6749, section 4.3). */
export function tokenRoutes(
  { users, tokens }: Pick<ManagementPorts, 'users' | 'tokens'>,
  logInLimit: RequestHandler,
): Route[] {
  const issue = defineRoute(
    {
      method: 'post',
      path: '/token',
      tag: 'token',
      summary: 'Signs a user in.',
      access: 'everyone',
      body: schema.tokenRequest,
      bodyMay: ['form'],
      guards: [logInLimit],
      answers: { 200: { description: 'A token.', schema: schema.token } },
    },
    async ({ body }) => {
      const user = await users.verify(body.username, body.password);
      if (user === null) throw new Problem(401, 'wrong-credentials', 'the user name or the password is wrong');
      const { token, expiresIn } = tokens.issue(user);
      return { status: 200, body: { access_token: token, token_type: 'Bearer', expires_in: expiresIn } };
    },
  );
  return [issue];
}

/** Before the body is checked: a guess counts however it is written. */
export function usernameOf({ body }: Request): string {
  const { username } = body as { readonly username?: unknown };
  return typeof username === 'string' ? username : '';
}
