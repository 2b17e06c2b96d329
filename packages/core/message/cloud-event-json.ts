import { decodeBase64 } from './base64.ts';
import { LARGEST_BATCH, type Call } from './call.ts';
import { readAttributes, toCall } from './cloud-event.ts';
import { isObject, parseJson, parseObject, shapeProblems } from './json-body.ts';
import { minify, scanObject, scanObjects, type ScannedObject } from './json-scan.ts';
import { below, describe, parsed, parsedAll, refused, type Parsed } from './parsed.ts';
import { isJsonType } from './text.ts';

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
  const events = json.value as Record<string, unknown>[];
  return parsedAll(
    scanObjects(body, 0, 'data').map((scanned, i) => readEvent(body, events[i] ?? {}, scanned, `[${i}]`)),
  );
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
  if (!payload.ok) return payload;
  return toCall(attributes.value, { contentType, payload: payload.value, listPath: below(path, 'destinations') });
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
    if (span !== undefined) {
      return refused([{ path: below(path, 'data'), message: 'expected data or data_base64, got both' }]);
    }
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
