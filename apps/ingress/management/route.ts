import { schemaProblems } from '#core';
import type { RequestHandler, Response } from 'express';
import type { z } from 'zod';
import type { Principal, Role } from '../auth/principal.ts';
import { Problem, type ProblemEntry } from '../http/problem.ts';

/** Who may make a call: everyone, or users of these roles and, where named, nodes by their keys. */
export type Access = 'everyone' | readonly (Role | 'node')[];

export const VIEWERS = ['admin', 'operator', 'viewer'] as const satisfies Access;
export const OPERATORS = ['admin', 'operator'] as const satisfies Access;
export const ADMINISTRATORS = ['admin'] as const satisfies Access;

export type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';

/** What a status means, and what its body looks like; none without a schema. */
export interface AnswerDescription {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Of a body that is not JSON: its media type, such as `text/event-stream`. */
  readonly mediaType?: string;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Writes the body itself, once status and headers are set, where it is not JSON. */
  readonly send?: (response: Response) => void;
}

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

/** A call as it came in, before anything of it was looked at. */
export interface RawCall {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  /** Throws where nobody was authenticated. */
  readonly principal: () => Principal;
  /** The principal as the log tells of it. */
  readonly actor: () => string;
  /** It came over TLS. */
  readonly secure: boolean;
}

export interface Call<Params, Query, Body> extends Pick<RawCall, 'principal' | 'actor' | 'secure'> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
}

/** All there is to know of a route: it is registered, guarded, parsed and described from this. */
export interface RouteDescription {
  readonly method: Method;
  /** With `{name}` for a parameter. */
  readonly path: string;
  /** What `path` is below: `/api/v1` when left out. */
  readonly base?: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /**
   * `none-is-empty`: a request without a body is one with `{}`. `form`: an HTML form's encoding is taken as well.
   * `cloud-events`: it is one, in any of the modes of their HTTP binding.
   */
  readonly bodyMay?: readonly ('none-is-empty' | 'form' | 'cloud-events')[];
  /** What stands between the reading of the body and the call itself. */
  readonly guards?: readonly RequestHandler[];
  readonly answers: Readonly<Record<number, AnswerDescription>>;
}

export interface Route extends RouteDescription {
  run(raw: RawCall): Promise<Answer>;
}

type Schemas = Pick<RouteDescription, 'params' | 'query' | 'body'>;
type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** A route whose handler gets what its schemas say. What does not agree with them never reaches it. */
export function defineRoute<const Given extends RouteDescription & Schemas>(
  given: Given,
  handle: (call: Call<Output<Given['params']>, Output<Given['query']>, Output<Given['body']>>) => Promise<Answer>,
): Route {
  return {
    ...given,
    run({ params, query, body, ...rest }) {
      const named = parse<Given['params']>(given.params, params);
      // Nothing can be there under such a name; only a call that would make it needs to know why.
      if (named.problems.length > 0 && given.method !== 'put') throw notFound();
      const asked = parse<Given['query']>(given.query, query);
      const sent = parse<Given['body']>(given.body, body);
      const problems = [...named.problems, ...asked.problems, ...sent.problems];
      if (problems.length > 0) throw invalidRequest(problems);
      return handle({ ...rest, params: named.value, query: asked.value, body: sent.value });
    },
  };
}

function parse<Schema>(schema: z.ZodType | undefined, value: unknown) {
  const result = schema?.safeParse(value);
  return {
    value: result?.data as Output<Schema>,
    problems: result?.success === false ? schemaProblems(result.error, '') : [],
  };
}

export function notFound(what = 'nothing is known by that name'): Problem {
  return new Problem(404, 'not-found', what);
}

export function invalidRequest(errors: readonly ProblemEntry[]): Problem {
  return new Problem(400, 'invalid-request', 'the request has mistakes: see errors', { errors });
}

/** Routes by path, each path where it first comes. */
export function byPath<Described extends RouteDescription>(routes: readonly Described[]): Map<string, Described[]> {
  const paths = new Map<string, Described[]>();
  for (const route of routes) paths.set(route.path, [...(paths.get(route.path) ?? []), route]);
  return paths;
}
