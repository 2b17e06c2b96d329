import type { z } from 'zod';
import { acceptedSchema, problemSchema, type Accepted, type Problem } from './documents.ts';

/** One answer of the system's HTTP interface. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed document; null when there was none. */
  readonly body: unknown;
}

/** What a reply says; throws with all of it unless it has one of the statuses, and is what the schema says. */
export function read<Schema extends z.ZodType>(
  reply: Reply,
  statuses: readonly number[],
  schema: Schema,
): z.infer<Schema> {
  const { status, body } = reply;
  if (!statuses.includes(status))
    throw new Error(`expected ${statuses.join(' or ')}, got ${status} ${JSON.stringify(body)}`);
  const document = schema.safeParse(body);
  if (document.success) return document.data;
  throw new Error(`not what the contract says: ${JSON.stringify(body)}\n${document.error.message}`);
}

/** What a sender is told of its message; throws unless it was accepted. */
export function acceptedOf(reply: Reply): Accepted {
  return read(reply, [202], acceptedSchema);
}

/** The problem document of a refusal; throws unless it is one with this status. */
export function problemOf(reply: Reply, status: number): Problem {
  const problem = read(reply, [status], problemSchema);
  const type = reply.headers.get('content-type') ?? '';
  if (!type.startsWith('application/problem+json') || problem.status !== status) {
    throw new Error(`expected a problem document, got ${type} ${JSON.stringify(reply.body)}`);
  }
  return problem;
}
