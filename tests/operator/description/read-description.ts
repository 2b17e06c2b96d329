import { z } from 'zod';

/** A JSON Schema, as far as the description uses it. */
export interface JsonSchema {
  readonly type?: 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array' | 'null';
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly pattern?: string;
  readonly format?: string;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly schema: JsonSchema;
}

interface Content {
  readonly [mediaType: string]: { readonly schema?: JsonSchema };
}

export interface Operation {
  readonly method: string;
  /** With `{name}` for a parameter. */
  readonly path: string;
  /** Who may call it: roles, and `node` for a node's key. */
  readonly 'x-roles': 'everyone' | readonly string[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<Operation, 'method' | 'path'>>>>>;
  readonly components: { readonly schemas: { readonly Problem: JsonSchema } };
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** Whether an operation answers with a stream that goes on. */
export function isStream({ responses }: Operation): boolean {
  return Object.values(responses).some(({ content }) => content !== undefined && 'text/event-stream' in content);
}

export interface Description {
  readonly operations: readonly Operation[];
  /** Which operation a request is one of. */
  find(method: string, pathname: string): Operation | undefined;
  /** Why an answer is not one that the description knows; null when it is. */
  mistakeIn(operation: Operation, answer: Answer): string | null;
}

/** Of contract section 4: what may come back where the description says "anything else". */
const OTHERS = new Set([400, 401, 403, 404, 405, 409, 413, 415, 422, 429]);

/** Fetches `/api/v1/openapi.json`. */
export async function readDescription(url: string): Promise<Description> {
  const document = (await (await fetch(`${url}/api/v1/openapi.json`)).json()) as Document;
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
  const problem = schemaOf(document.components.schemas.Problem);
  return {
    operations,
    find: (method, pathname) =>
      // `/messages/batch` is no `/messages/{id}`: the path with the fewest parameters is the one.
      operations
        .filter((one) => one.method === method && patternOf(one.path).test(pathname))
        .toSorted((a, b) => a.parameters.length - b.parameters.length)[0],
    mistakeIn: ({ responses }, answer) => mistakeIn(responses, problem, answer),
  };
}

function mistakeIn(responses: Operation['responses'], problem: z.ZodType, answer: Answer): string | null {
  const described = responses[answer.status];
  if (described === undefined && !OTHERS.has(answer.status)) return `the status ${answer.status}`;
  const [type, schema] = described === undefined ? ['application/problem+json', problem] : contentOf(described.content);
  if (type === undefined) return answer.text === '' ? null : `a body where none is: ${answer.text}`;
  if (!answer.contentType.startsWith(type)) return `content-type ${answer.contentType}`;
  if (schema === undefined) return null;
  const result = schema.safeParse(JSON.parse(answer.text));
  return result.success ? null : z.prettifyError(result.error);
}

/** The media type of an answer and what it looks like; without a schema, bytes. */
function contentOf(content: Content | undefined): [type?: string | undefined, schema?: z.ZodType | undefined] {
  const [entry] = Object.entries(content ?? {});
  return entry === undefined ? [] : [entry[0], schemaOf(entry[1].schema)];
}

const parsers = new WeakMap<object, z.ZodType>();

function schemaOf(json: JsonSchema): z.ZodType;
function schemaOf(json: JsonSchema | undefined): z.ZodType | undefined;
function schemaOf(json: JsonSchema | undefined): z.ZodType | undefined {
  if (json === undefined) return undefined;
  const made = parsers.get(json) ?? z.fromJSONSchema(json as Parameters<typeof z.fromJSONSchema>[0]);
  parsers.set(json, made);
  return made;
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
