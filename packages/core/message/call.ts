import { z } from 'zod';
import { below, describe, type ParseProblem } from './parsed.ts';
import { LONGEST_NAME, text } from './text.ts';

/** What a sender asks for, read and checked, before it is known who the destinations are. */
export interface Call {
  /** The sender's own id; null when it gave none. */
  readonly senderId: string | null;
  readonly type: string;
  readonly contentType: string;
  readonly payload: Buffer;
  /** Digit for digit as a FEDeRATED sender wrote it, else null. */
  readonly recordedTime: string | null;
  readonly eventType: string | null;
  /** CloudEvents attributes to pass on. */
  readonly attributes: Readonly<Record<string, string>> | null;
  /** The node it is sent for, by id or DID, as far as the call says so; a node's own key says it anyway. */
  readonly origin: string | null;
  readonly route: Route;
  /** Ids or DIDs as given, also where the route does not look at them; null when left out. */
  readonly destinations: readonly string[] | null;
}

/** How the receivers are found: those named, all but the origin, or those whose subscription matches the type. */
export type Route = 'named' | 'broadcast' | 'subscribed';

/** Most messages in one call. */
export const LARGEST_BATCH = 1_000;
/** Most destinations of one message; a message for more is a broadcast, or goes by subscription. */
const MOST_DESTINATIONS = 10_000;

/** A list of ids or DIDs. */
export const destinationList = z
  .array(text(LONGEST_NAME), { error: ({ input }) => `expected a list of node ids or DIDs, got ${describe(input)}` })
  .max(MOST_DESTINATIONS, `expected at most ${MOST_DESTINATIONS} destinations`);

/** What a schema found wrong, as problems below a path. */
export function schemaProblems(error: z.ZodError, path: string): ParseProblem[] {
  return error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ path: jsonPath(path, issue.path), message: issue.message }];
    return issue.keys.map((key) => ({ path: jsonPath(path, [...issue.path, key]), message: 'unknown field' }));
  });
}

function jsonPath(path: string, segments: readonly PropertyKey[]): string {
  return segments.reduce<string>(
    (at, segment) => (typeof segment === 'number' ? `${at}[${segment}]` : below(at, String(segment))),
    path,
  );
}
