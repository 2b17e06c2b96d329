import type { Request, RequestHandler } from 'express';
import type { z } from 'zod';
import type { IssuedToken } from '../../auth/tokens.ts';
import { Problem } from '../../http/problem.ts';
import type { ManagementPorts } from '../ports.ts';
import { defineRoute, invalidRequest, ok, type Route } from '../route.ts';
import * as schema from '../schemas/token.ts';

type Ports = Pick<ManagementPorts, 'users' | 'tokens' | 'signInParty'>;
type Asked = z.output<typeof schema.tokenRequest>;

/** `/token`: where users and parties sign in (RFC 6749, sections 4.3 and 4.4); and where iSHARE looks for it. */
export function tokenRoutes(ports: Ports, logInLimit: RequestHandler): Route[] {
  const guards = [logInLimit];
  const issue = defineRoute(
    {
      method: 'post',
      path: '/token',
      tag: 'token',
      summary: 'Signs a user in, or a party by an iSHARE client assertion.',
      description: 'A party acts as the node that has its identifier as `did:ishare:EORI`, as its DID or as its id.',
      access: 'everyone',
      body: schema.tokenRequest,
      bodyMay: ['form'],
      guards,
      answers: { 200: { description: 'A token.', schema: schema.token } },
    },
    async ({ body }) => answer(await signIn(body, ports)),
  );
  const connect = defineRoute(
    {
      method: 'post',
      base: '',
      path: '/connect/token',
      tag: 'token',
      summary: 'Signs a party in by an iSHARE client assertion.',
      access: 'everyone',
      body: schema.assertionRequest,
      bodyMay: ['form'],
      guards,
      answers: { 200: { description: 'A token.', schema: schema.token } },
    },
    async ({ body }) => answer(await signIn(body, ports)),
  );
  return [issue, connect];
}

async function signIn(body: Asked, { users, tokens, signInParty }: Ports): Promise<IssuedToken> {
  if (body.grant_type === 'password') {
    const user = await users.verify(body.username, body.password);
    if (user === null) throw new Problem(401, 'wrong-credentials', 'the user name or the password is wrong');
    return tokens.issue(user);
  }
  if (signInParty === null) {
    throw invalidRequest([{ path: 'grant_type', message: 'expected password: security.ishare is not configured' }]);
  }
  const token = await signInParty(body.client_assertion, body.client_id);
  // Which of the rules was broken is in the log.
  if (token === null) throw new Problem(401, 'invalid-client', 'the client assertion is not accepted');
  return token;
}

function answer({ token, expiresIn }: IssuedToken) {
  return ok({ access_token: token, token_type: 'Bearer', expires_in: expiresIn });
}

/** Before the body is checked: a guess counts however it is written. */
export function usernameOf({ body }: Request): string {
  const { username, client_id: clientId } = body as { readonly username?: unknown; readonly client_id?: unknown };
  return [username, clientId].find((name) => typeof name === 'string') ?? '';
}
