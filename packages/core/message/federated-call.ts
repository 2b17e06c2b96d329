import { z } from 'zod';
import { decodeBase64 } from './base64.ts';
import { destinationList, schemaProblems, type Call, type Route } from './call.ts';
import { parseObject, shapeProblems } from './json-body.ts';
import { scanObject, type ScannedObject } from './json-scan.ts';
import { describe, parsed, refused, type Parsed, type ParseProblem } from './parsed.ts';
import { LONGEST_ID, text } from './text.ts';

/**
 * The FEDeRATED node's call (contract 2.1). Fields we don't know are tolerated, and a null counts as left out: that is how a JVM
 * writes what is not there.
 */
export const federatedCallSchema = z.object({
  recordedTime: z
    .number({ error: ({ input }) => `expected epoch seconds, got ${describe(input)}` })
    .min(0, { error: ({ input }) => `expected epoch seconds, got ${describe(input)}` }),
  distributionRule: z
    .enum(['static', 'broadcast'], { error: ({ input }) => `expected static or broadcast, got ${describe(input)}` })
    .nullish(),
  destinations: destinationList.nullish(),
  messageId: text(LONGEST_ID),
  messageType: z.enum(['event', 'fullevent'], {
    error: ({ input }) => `expected event or fullevent, got ${describe(input)}`,
  }),
  message: z.string({ error: ({ input }) => `expected base64, got ${describe(input)}` }),
  eventType: text(LONGEST_ID).nullish(),
});

type FederatedCall = z.infer<typeof federatedCallSchema>;

/** What `recordedTime` is written with at most: a JVM's Instant takes 20 characters, and nothing real takes more than twice that. */
const LONGEST_TIME = 40;

/** Parses the body of `POST /api/message`. */
export function parseFederatedCall(body: Buffer): Parsed<Call> {
  const json = parseObject(body);
  if (!json.ok) return json;
  const scanned = scanObject(body, 0);
  const problems = shapeProblems(scanned, '');
  if (problems.length > 0) return refused(problems);
  const fields = federatedCallSchema.safeParse(json.value);
  if (!fields.success) return refused(schemaProblems(fields.error, ''));
  return toCall(fields.data, timeAsWritten(body, scanned));
}

function toCall(fields: FederatedCall, recordedTime: string): Parsed<Call> {
  const destinations = fields.destinations?.length ? fields.destinations : null;
  const route = routeOf(fields, destinations);
  const payload = decodeBase64(fields.message);
  const problems: ParseProblem[] = [];
  if (route === 'named' && destinations === null) {
    problems.push({ path: 'destinations', message: 'expected at least one, since distributionRule is static' });
  }
  if (payload === null) {
    problems.push({ path: 'message', message: 'expected base64 with padding (RFC 4648, section 4)' });
  }
  if (recordedTime.length > LONGEST_TIME) {
    problems.push({ path: 'recordedTime', message: `expected at most ${LONGEST_TIME} characters` });
  }
  if (payload === null || problems.length > 0) return refused(problems);
  return parsed({
    senderId: fields.messageId,
    type: fields.messageType,
    contentType: 'application/json',
    payload,
    recordedTime,
    eventType: fields.eventType ?? null,
    attributes: null,
    origin: null,
    route,
    destinations,
  });
}

/** A missing rule is `static` with, `broadcast` without destinations. */
function routeOf({ distributionRule }: FederatedCall, destinations: readonly string[] | null): Route {
  if (distributionRule) return distributionRule === 'static' ? 'named' : 'broadcast';
  return destinations === null ? 'broadcast' : 'named';
}

/** The digits of `recordedTime`: `1735689600.123456789` is more than a JavaScript number holds. */
function timeAsWritten(body: Buffer, { members }: ScannedObject): string {
  const span = members.get('recordedTime');
  return span === undefined ? '' : body.toString('latin1', span.start, span.end);
}
