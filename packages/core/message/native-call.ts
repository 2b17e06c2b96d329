import { z } from 'zod';
import { decodeBase64 } from './base64.ts';
import { destinationList, LARGEST_BATCH, schemaProblems, type Call } from './call.ts';
import { isObject, parseObject, shapeProblems } from './json-body.ts';
import { minify, scanObject, scanObjects, type ScannedObject } from './json-scan.ts';
import { below, describe, parsed, parsedAll, refused, type Parsed, type ParseProblem } from './parsed.ts';
import { LONGEST_ID, LONGEST_NAME, mediaType, text } from './text.ts';

/**
 * Our own call (contract 2.2). A field we don't know is refused: with a misspelt `destinations` the message would go to whoever is
 * subscribed to its type.
 */
export const nativeCallSchema = z.strictObject({
  id: text(LONGEST_ID).optional(),
  type: text(LONGEST_ID),
  destinations: destinationList.min(1, 'expected at least one; leave it out to route by subscription').optional(),
  contentType: mediaType.optional(),
  payload: z.unknown().optional(),
  payloadBase64: z.string({ error: ({ input }) => `expected base64, got ${describe(input)}` }).optional(),
  origin: text(LONGEST_NAME).optional(),
});

type NativeCall = z.infer<typeof nativeCallSchema>;

/** Parses the body of `POST /api/v1/messages`. */
export function parseNativeCall(body: Buffer): Parsed<Call> {
  const json = parseObject(body);
  if (!json.ok) return json;
  return readCall(body, json.value, scanObject(body, 0, 'payload'), '');
}

/** Parses the body of `POST /api/v1/messages/batch`: every message, or everything that is wrong with any of them. */
export function parseNativeBatch(body: Buffer): Parsed<Call[]> {
  const json = parseObject(body);
  if (!json.ok) return json;
  const scanned = scanObject(body, 0, 'messages');
  const problems = [...shapeProblems(scanned, ''), ...batchProblems(json.value)];
  const span = scanned.members.get('messages');
  if (problems.length > 0 || span === undefined) return refused(problems);
  const messages = json.value.messages as Record<string, unknown>[];
  return parsedAll(
    scanObjects(body, span.start, 'payload').map((object, i) =>
      readCall(body, messages[i] ?? {}, object, `messages[${i}]`),
    ),
  );
}

function batchProblems({ messages, ...others }: Record<string, unknown>): ParseProblem[] {
  const unknown = Object.keys(others).map((key) => ({ path: key, message: 'unknown field' }));
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > LARGEST_BATCH) {
    const message = `expected a list of 1 to ${LARGEST_BATCH} messages, got ${describe(messages)}`;
    return [{ path: 'messages', message }, ...unknown];
  }
  const odd = messages.findIndex((message) => !isObject(message));
  if (odd === -1) return unknown;
  return [{ path: `messages[${odd}]`, message: `expected an object, got ${describe(messages[odd])}` }, ...unknown];
}

function readCall(body: Buffer, message: Record<string, unknown>, scanned: ScannedObject, path: string): Parsed<Call> {
  const problems = shapeProblems(scanned, path);
  if (problems.length > 0) return refused(problems);
  const fields = nativeCallSchema.safeParse(message);
  if (!fields.success) return refused(schemaProblems(fields.error, path));
  const payload = readPayload(body, fields.data, scanned, path);
  return payload.ok ? parsed(toCall(fields.data, payload.value)) : payload;
}

/** `payload` is its own text without the spaces between tokens; `payloadBase64` the bytes it stands for, which may be none. */
function readPayload(
  body: Buffer,
  { payloadBase64 }: NativeCall,
  { members }: ScannedObject,
  path: string,
): Parsed<Buffer> {
  const span = members.get('payload');
  if ((span === undefined) === (payloadBase64 === undefined)) {
    const got = span === undefined ? 'neither' : 'both';
    return refused([{ path: below(path, 'payload'), message: `expected payload or payloadBase64, got ${got}` }]);
  }
  if (span !== undefined) return parsed(minify(body, span));
  const bytes = decodeBase64(payloadBase64 ?? '');
  if (bytes !== null) return parsed(bytes);
  const message = 'expected base64 with padding (RFC 4648, section 4)';
  return refused([{ path: below(path, 'payloadBase64'), message }]);
}

function toCall(fields: NativeCall, payload: Buffer): Call {
  return {
    senderId: fields.id ?? null,
    type: fields.type,
    contentType: fields.contentType ?? defaultType(fields),
    payload,
    recordedTime: null,
    eventType: null,
    attributes: null,
    origin: fields.origin ?? null,
    route: fields.destinations === undefined ? 'subscribed' : 'named',
    destinations: fields.destinations ?? null,
  };
}

/** Bytes are whatever they are, unless the sender says so. */
function defaultType({ payloadBase64 }: NativeCall): string {
  return payloadBase64 === undefined ? 'application/json' : 'application/octet-stream';
}
