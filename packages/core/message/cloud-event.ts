import { z } from 'zod';
import { destinationList, schemaProblems, type Call } from './call.ts';
import { below, describe, parsed, refused, type Parsed } from './parsed.ts';
import { anyText, LONGEST_ID, LONGEST_NAME, mediaType, text } from './text.ts';

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

export type CloudEventAttributes = z.infer<typeof cloudEventSchema>;

/** Checks names and values. A null is an attribute left out (CloudEvents JSON format, section 2.2). */
export function readAttributes(
  described: Readonly<Record<string, unknown>>,
  path: string,
): Parsed<CloudEventAttributes> {
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

/** What else a call needs to know of an event, whichever mode it came in. */
export interface CloudEventContent {
  readonly contentType: string;
  readonly payload: Buffer;
  /** Where the list of destinations stands, for its problems. */
  readonly listPath: string;
}

/** Attributes that a message has a place of its own for, or that end here. */
const OWN_PLACE = new Set(['specversion', 'id', 'source', 'type', 'datacontenttype', 'destinations']);

/**
 * The event's own `source` becomes the extension `eventsource`: `ce-source` is the origin's DID or id, which we vouch for. For a user's
 * call the origin is named by the extension `origin`, else by `source`.
 */
export function toCall(attributes: CloudEventAttributes, content: CloudEventContent): Parsed<Call> {
  const { id, source, type, destinations, origin } = attributes;
  const names = destinations === undefined ? null : readList(destinations, content.listPath);
  if (names !== null && !names.ok) return names;
  const passedOn = Object.entries(attributes).filter(([name]) => !OWN_PLACE.has(name));
  return parsed({
    senderId: id,
    type,
    contentType: content.contentType,
    payload: content.payload,
    recordedTime: null,
    eventType: null,
    attributes: { eventsource: source, ...Object.fromEntries(passedOn.map(([name, value]) => [name, String(value)])) },
    origin: typeof origin === 'string' ? origin : source,
    route: names === null ? 'subscribed' : 'named',
    destinations: names === null ? null : names.value,
  });
}

function readList(list: string, path: string): Parsed<readonly string[]> {
  const names = destinationList.safeParse(list.split(',').map((name) => name.trim()));
  return names.success ? parsed(names.data) : refused(schemaProblems(names.error, path));
}
