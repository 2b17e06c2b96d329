import { Router, type Request, type RequestHandler } from 'express';
import { actorOf, principalOf, type Principal } from '../auth/principal.ts';
import { methodNotAllowed } from '../http/error-handler.ts';
import { mediaTypeOf } from '../http/media-type.ts';
import { Problem } from '../http/problem.ts';
import { readBody } from '../http/read-body.ts';
import { readJson } from '../http/read-json.ts';
import { sendJson } from '../http/send-json.ts';
import { byPath, invalidRequest, type Access, type Route } from './route.ts';

/** Routes of other routers, mounted before this one and after it, which may have other methods of the same paths. */
export interface Neighbours {
  readonly before?: readonly Route[];
  readonly after?: readonly Route[];
}

/** A router for what `routes` describe, and for nothing else. `largestBody` is in bytes. */
export function mountRoutes(routes: readonly Route[], largestBody: number, neighbours: Neighbours = {}): Router {
  const { before = [], after = [] } = neighbours;
  const router = Router();
  const later = new Set(after.map(({ path }) => path));
  for (const [path, atPath] of byPath(routes)) {
    const place = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    for (const route of atPath) place[route.method](...handlersOf(route, largestBody));
    const allowed = [...before.filter((route) => route.path === path), ...atPath];
    if (!later.has(path)) place.all(methodNotAllowed(...allowed.map(({ method }) => method.toUpperCase())));
  }
  return router;
}

function handlersOf(route: Route, largestBody: number): RequestHandler[] {
  return [
    ...(route.access === 'everyone' ? [] : [allow(route.access)]),
    ...(route.body === undefined ? [] : [readBodyOf(route, largestBody)]),
    ...(route.guards ?? []),
    answerBy(route),
  ];
}

function allow(access: Exclude<Access, 'everyone'>): RequestHandler {
  return (request, _response, next) => {
    const kind = kindOf(principalOf(request));
    if (access.includes(kind)) return next();
    const who = kind === 'node' ? "a node's key" : `the role ${kind}`;
    throw new Problem(403, 'forbidden', `${who} may not do this: it takes ${access.join(' or ')}`);
  };
}

function kindOf(principal: Principal) {
  return principal.kind === 'node' ? principal.kind : principal.role;
}

/** Puts the body into `request.body`. */
function readBodyOf({ bodyMay = [] }: Route, largestBody: number): RequestHandler {
  const asJson = readJson(largestBody);
  const asForm: RequestHandler = async (request, _response, next) => {
    request.body = readForm(await readBody(request, largestBody));
    next();
  };
  return (request, response, next) => {
    if (bodyMay.includes('form') && mediaTypeOf(request) === 'application/x-www-form-urlencoded') {
      return asForm(request, response, next);
    }
    if (!bodyMay.includes('none-is-empty') || hasBody(request)) return asJson(request, response, next);
    request.body = {};
    return next();
  };
}

/** RFC 9112, section 6: a request has a body when one of these headers says so. */
function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

function readForm(body: Buffer): Record<string, string> {
  const fields = [...new URLSearchParams(body.toString('utf8'))];
  const names = fields.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  // RFC 6749, section 3.2: parameters must not be included more than once.
  if (twice !== undefined) throw invalidRequest([{ path: twice, message: 'expected once' }]);
  return Object.fromEntries(fields);
}

function answerBy(route: Route): RequestHandler {
  return async (request, response) => {
    const { params, query, body } = request as { params: unknown; query: unknown; body: unknown };
    const principal = () => principalOf(request);
    const { secure } = request;
    const answer = await route.run({ params, query, body, principal, actor: () => actorOf(principal()), secure });
    response.status(answer.status).set(answer.headers ?? {});
    if (answer.send !== undefined) answer.send(response);
    else if (answer.body === undefined) response.end();
    else sendJson(response, answer.status, answer.body);
  };
}
