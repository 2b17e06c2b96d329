import { z } from 'zod';
import { SESSION_COOKIE } from '../auth/session-cookie.ts';
import type { AnswerDescription, Route, RouteDescription } from './route.ts';
import { problem } from './schemas/fields.ts';

type Json = Readonly<Record<string, unknown>>;

/** The API as OpenAPI 3.1, made from what the routes are registered, guarded and parsed by. */
export function describeApi(routes: readonly RouteDescription[], version: string): Json {
  return {
    openapi: '3.1.0',
    info: { title: 'Distribution orchestrator', version, description: DESCRIPTION },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths: pathsOf(routes),
    components: {
      schemas: { Problem: jsonSchema(problem, 'output') },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: "A user's token, from `POST /api/v1/token`." },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: SESSION_COOKIE,
          description:
            "A browser's session, from `POST /api/v1/session`; for what changes something, from our own pages only.",
        },
        key: { type: 'apiKey', in: 'header', name: 'x-api-key', description: "A node's key." },
      },
    },
  };
}

const DESCRIPTION =
  'Takes a message once and delivers it to every node that must get it. Lists take `limit` and `cursor`, newest first; ' +
  'every error is a problem document (RFC 9457).';

function pathsOf(routes: readonly RouteDescription[]): Json {
  const paths = new Map<string, RouteDescription[]>();
  for (const route of routes) {
    const path = `${route.base ?? '/api/v1'}${route.path}`;
    paths.set(path, [...(paths.get(path) ?? []), route]);
  }
  return Object.fromEntries([...paths].map(([path, atPath]) => [path, pathItem(atPath)]));
}

function pathItem(routes: readonly RouteDescription[]): Json {
  return Object.fromEntries(routes.map((route) => [route.method, operation(route)]));
}

function operation(route: RouteDescription): Json {
  const { method, path, tag, summary, description, access, body, bodyMay = [] } = route;
  return {
    operationId: `${method}${path.replaceAll(/[/{}-]+(\w?)/g, (_, letter: string) => letter.toUpperCase())}`,
    tags: [tag],
    summary,
    description: [description, accessText(access)].filter(Boolean).join('\n\n'),
    // The same for programs: a scheme says how one comes, and not what one may.
    'x-roles': access,
    security:
      access === 'everyone' ? [] : [{ token: [] }, { session: [] }, ...(access.includes('node') ? [{ key: [] }] : [])],
    parameters: [...parameters('path', route.params), ...parameters('query', route.query)],
    ...(body !== undefined && {
      requestBody: { required: !bodyMay.includes('none-is-empty'), content: bodyContent(body, bodyMay) },
    }),
    responses: responses(route),
  };
}

function accessText(access: Route['access']): string {
  return access === 'everyone'
    ? 'For everyone.'
    : `For: ${access.map((one) => (one === 'node' ? "a node's key" : one)).join(', ')}.`;
}

function parameters(place: 'path' | 'query', schema: z.ZodObject | undefined): Json[] {
  return Object.entries(schema?.shape ?? {}).map(([name, member]) => {
    const { description, ...type } = jsonSchema(member as z.ZodType, 'output');
    const required = place === 'path';
    return { name, in: place, required, ...(description !== undefined && { description }), schema: type };
  });
}

function bodyContent(body: z.ZodType, bodyMay: NonNullable<RouteDescription['bodyMay']>): Json {
  const content = { schema: jsonSchema(body, 'input') };
  if (bodyMay.includes('cloud-events')) {
    const batch = { schema: { type: 'array', items: content.schema } };
    const binary = { schema: { description: 'The data; its attributes are in `ce-` headers.' } };
    return {
      'application/cloudevents+json': content,
      'application/cloudevents-batch+json': batch,
      '*/*': binary,
    };
  }
  return {
    'application/json': content,
    ...(bodyMay.includes('form') && { 'application/x-www-form-urlencoded': content }),
  };
}

function responses({ answers }: RouteDescription): Json {
  const ours = Object.entries(answers).map(([status, { description, ...body }]) => [
    status,
    { description, ...(answerContent(body) !== undefined && { content: answerContent(body) }) },
  ]);
  const schema = { $ref: '#/components/schemas/Problem' };
  const otherwise = { description: 'Anything else.', content: { 'application/problem+json': { schema } } };
  return Object.fromEntries([...ours, ['default', otherwise]]);
}

function answerContent({ schema, mediaType }: Pick<AnswerDescription, 'schema' | 'mediaType'>): Json | undefined {
  if (mediaType !== undefined) return { [mediaType]: {} };
  return schema && { 'application/json': { schema: jsonSchema(schema, 'output') } };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return json;
}
