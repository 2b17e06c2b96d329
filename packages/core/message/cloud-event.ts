import { z } from 'zod';
import { decodeBase64 } from './base64.ts';
import { destinationList, LARGEST_BATCH, schemaProblems, type Call } from './call.ts';
import { isObject, parseJson, parseObject, shapeProblems } from './json-body.ts';
import { minify, scanObject, scanObjects, type ScannedObject } from './json-scan.ts';
import { below, describe, parsed, refused, type Parsed, type ParseProblem } from './parsed.ts';
import { anyText, isJsonType, LONGEST_ID, LONGEST_NAME, mediaType, text } from './text.ts';

/** Most attributes of one event, and the longest value of one: all of them become headers, which receivers bound. */
const MOST_ATTRIBUTES = 64;
const LONGEST_VALUE = 2_048;
/** A comma-separated list is bounded by the size of the request. */
const LONGEST_LIST = 2 ** 20;

// RFC 3339 section 5.6.
const TIMESTAMP = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

const INT32 = 2 ** 31;

/** An extension attribute: text, and in the JSON format booleans and 32-bit integers too (CloudEvents JSON format, section 2.2). */
const extension = z.union(
  [
    anyText(LONGEST_VALUE),
    z.boolean(),
    z
      .int()
      .min(-INT32)
      .max(INT32 - 1),
  ],
  { error: ({ input }) => `expected a text, a boolean or a 32-bit integer, got ${describe(input)}` },
);

/** The attributes of a CloudEvent 1.0, in whatever mode it came. */
export const cloudEventSchema = z
  .object({
    specversion: z.literal('1.0', { error: ({ input }) => `expected 1.0, got ${describe(input)}` }),
    id: text(LONGEST_ID),
    source: text(LONGEST_NAME),
    type: text(LONGEST_ID),
    time: text(LONGEST_VALUE).regex(TIMESTAMP, 'expected a time as in RFC 3339').optional(),
    subject: text(LONGEST_VALUE).optional(),
    dataschema: text(LONGEST_VALUE).optional(),
    datacontenttype: mediaType.optional(),
    /** Ours: a comma-separated list of node ids or DIDs. */
    destinations: text(LONGEST_LIST).optional(),
  })
  .catchall(extension);

type Attributes = z.infer<typeof cloudEventSchema>;

/** Header names and values as they came, names in any case. */
export type Headers = readonly (readonly [name: string, value: string])[];

/**
 * Parses an event in binary mode: metadata in `ce-*` headers, the body as it is, its type in `contentType`
 * (CloudEvents HTTP binding, section 3.1).
 */
export function parseBinaryCloudEvent(headers: Headers, contentType: string | undefined, body: Buffer): Parsed<Call> {
  const read = readHeaders(headers);
  if (!read.ok) return read;
  const described = contentType === undefined ? read.value : { ...read.value, datacontenttype: contentType };
  const attributes = readAttributes(described, '');
  if (!attributes.ok)
    return refused(attributes.problems.map(({ path, message }) => ({ path: headerOf(path), message })));
  return toCall(
    attributes.value,
    attributes.value.datacontenttype ?? 'application/octet-stream',
    body,
    'ce-destinations',
  );
}

/** Parses an event in the JSON format (structured mode). */
export function parseCloudEvent(body: Buffer): Parsed<Call> {
  const json = parseObject(body);
  if (!json.ok) return json;
  return readEvent(body, json.value, scanObject(body, 0, 'data'), '');
}

/** Parses a batch in the JSON batch format; an empty one is allowed. */
export function parseCloudEventBatch(body: Buffer): Parsed<Call[]> {
  const json = parseJson(body);
  if (!json.ok) return json;
  if (!Array.isArray(json.value) || json.value.length > LARGEST_BATCH) {
    const message = `expected a list of at most ${LARGEST_BATCH} events, got ${describe(json.value)}`;
    return refused([{ path: '', message }]);
  }
  const odd = json.value.findIndex((event) => !isObject(event));
  if (odd !== -1) {
    return refused([{ path: `[${odd}]`, message: `expected an object, got ${describe(json.value[odd])}` }]);
  }
  return readEvents(body, json.value as Record<string, unknown>[]);
}

function readEvents(body: Buffer, events: readonly Record<string, unknown>[]): Parsed<Call[]> {
  const scanned = scanObjects(body, 0, 'data');
  const calls: Call[] = [];
  const problems: ParseProblem[] = [];
  events.forEach((event, i) => {
    const call = readEvent(body, event, scanned[i] as ScannedObject, `[${i}]`);
    if (call.ok) calls.push(call.value);
    else problems.push(...call.problems);
  });
  return problems.length > 0 ? refused(problems) : parsed(calls);
}

function readEvent(body: Buffer, event: Record<string, unknown>, scanned: ScannedObject, path: string): Parsed<Call> {
  const problems = shapeProblems(scanned, path);
  if (problems.length > 0) return refused(problems);
  const { data, data_base64: base64, ...described } = event;
  const attributes = readAttributes(described, path);
  if (!attributes.ok) return attributes;
  // An event without a type is one of application/json (CloudEvents JSON format, section 3.1).
  const contentType = attributes.value.datacontenttype ?? 'application/json';
  const payload = readData(body, { data, base64, contentType }, scanned, path);
  return payload.ok ? toCall(attributes.value, contentType, payload.value, below(path, 'destinations')) : payload;
}

/** Checks names and values. A null is an attribute left out (CloudEvents JSON format, section 2.2). */
function readAttributes(described: Readonly<Record<string, unknown>>, path: string): Parsed<Attributes> {
  const given = Object.entries(described).filter(([, value]) => value !== null);
  const problems = given
    .filter(([name]) => !isAttributeName(name))
    .map(([name]) => ({ path: below(path, name), message: 'expected a name of lower-case letters and digits' }));
  if (given.length > MOST_ATTRIBUTES) {
    problems.push({ path, message: `expected at most ${MOST_ATTRIBUTES} attributes, got ${given.length}` });
  }
  if (problems.length > 0) return refused(problems);
  const attributes = cloudEventSchema.safeParse(Object.fromEntries(given));
  return attributes.success ? parsed(attributes.data) : refused(schemaProblems(attributes.error, path));
}

/** CloudEvents section 3.1 names attributes so; `data` is no attribute. */
function isAttributeName(name: string): boolean {
  return /^[a-z0-9]{1,64}$/.test(name) && name !== 'data' && name !== 'constructor';
}

interface Data {
  readonly data: unknown;
  readonly base64: unknown;
  readonly contentType: string;
}

/** The payload: the bytes of `data_base64`; of a JSON `data` its own text without the spaces between tokens; of another `data` the text it holds. */
function readData(body: Buffer, given: Data, { members }: ScannedObject, path: string): Parsed<Buffer> {
  const { data, base64, contentType } = given;
  const span = members.get('data');
  if (base64 !== undefined && base64 !== null) {
    if (span !== undefined)
      return refused([{ path: below(path, 'data'), message: 'expected data or data_base64, got both' }]);
    const bytes = typeof base64 === 'string' ? decodeBase64(base64) : null;
    const message = 'expected base64 with padding (RFC 4648, section 4)';
    return bytes === null ? refused([{ path: below(path, 'data_base64'), message }]) : parsed(bytes);
  }
  if (span === undefined) return parsed(Buffer.alloc(0));
  if (isJsonType(contentType)) return parsed(minify(body, span));
  if (typeof data === 'string' && !/\p{Cs}/u.test(data)) return parsed(Buffer.from(data));
  const message = `expected a well-formed text, since datacontenttype is ${contentType}, got ${describe(data)}`;
  return refused([{ path: below(path, 'data'), message }]);
}

/**
 * The event's own `source` becomes the extension `eventsource`: `ce-source` is the origin's DID or id, which we vouch for. For a user's
 * call the origin is named by the extension `origin`, else by `source`.
 */
function toCall(attributes: Attributes, contentType: string, payload: Buffer, listedAt: string): Parsed<Call> {
  const { specversion: _, id, source, type, datacontenttype: __, destinations, ...others } = attributes;
  const names = destinations === undefined ? null : readList(destinations, listedAt);
  if (names !== null && !names.ok) return names;
  const passedOn = Object.entries(others).map(([name, value]) => [name, String(value)] as const);
  return parsed({
    senderId: id,
    type,
    contentType,
    payload,
    recordedTime: null,
    eventType: null,
    attributes: { eventsource: source, ...Object.fromEntries(passedOn) },
    origin: typeof others.origin === 'string' ? others.origin : source,
    route: names === null ? 'subscribed' : 'named',
    destinations: names === null ? null : names.value,
  });
}

function readList(list: string, path: string): Parsed<readonly string[]> {
  const names = destinationList.safeParse(list.split(',').map((name) => name.trim()));
  return names.success ? parsed(names.data) : refused(schemaProblems(names.error, path));
}

/** The attributes in `ce-*` headers. A doubled one is refused: which of the two is meant? */
function readHeaders(headers: Headers): Parsed<Record<string, string>> {
  const attributes = new Map<string, string>();
  const problems: ParseProblem[] = [];
  for (const [header, value] of headers) {
    const name = header.toLowerCase();
    if (!name.startsWith('ce-')) continue;
    const decoded = decodeHeader(value);
    if (decoded === null)
      problems.push({ path: name, message: 'expected printable ASCII, anything else percent-encoded as UTF-8' });
    else if (name === 'ce-datacontenttype') problems.push({ path: name, message: 'expected it in content-type' });
    else if (attributes.has(name.slice(3))) problems.push({ path: name, message: 'expected once, got it twice' });
    else attributes.set(name.slice(3), decoded);
  }
  return problems.length > 0 ? refused(problems) : parsed(Object.fromEntries(attributes));
}

/** Undoes quotes, then one round of percent-encoding (CloudEvents HTTP binding, section 3.1.3.2). Null when the value is malformed. */
function decodeHeader(value: string): string | null {
  if (!/^[\t\x20-\x7e]*$/.test(value)) return null;
  const unquoted = /^"(.*)"$/.exec(value)?.[1]?.replace(/\\(.)/g, '$1') ?? value;
  try {
    return decodeURIComponent(unquoted);
  } catch {
    // Not the bytes of UTF-8, or no bytes at all.
    return null;
  }
}

function headerOf(attribute: string): string {
  return attribute === 'datacontenttype' ? 'content-type' : `ce-${attribute}`;
}
