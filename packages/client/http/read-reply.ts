import { ApiError, type ProblemEntry } from './api-error.ts';
import type { HttpHead, HttpReply } from './exchange.ts';
import { readRetryAfter } from './repeat.ts';

/**
 * The document in a successful reply; undefined where it has no body.
 * @param now Milliseconds since the epoch: what a date in Retry-After is measured from.
 * @throws ApiError for every other reply.
 */
export function readReply(reply: HttpReply, now: number): unknown {
  requireSuccess(reply, now);
  const document = parse(reply.text);
  if (document === UNREADABLE) throw unexpectedReply(reply, now);
  return document;
}

/**
 * Passes a successful reply, whatever is in it.
 * @throws ApiError for every other reply.
 */
export function requireSuccess(reply: HttpHead & { readonly text: string }, now: number): void {
  if (reply.status >= 200 && reply.status < 300) return;
  const document = parse(reply.text);
  if (isObject(document) && typeof document['type'] === 'string') throw problemOf(document, reply, now);
  throw unexpectedReply(reply, now);
}

const UNREADABLE = Symbol('unreadable');

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not JSON: whatever answered is not the orchestrator, and the caller says so.
    return UNREADABLE;
  }
}

function problemOf(document: Record<string, unknown>, { status, header }: HttpHead, now: number): ApiError {
  const { type, detail, title, errors } = document;
  return new ApiError({
    status,
    code: String(type).replace(/^.*[:/#]/s, ''),
    detail: String(detail ?? title ?? 'no detail given'),
    errors: Array.isArray(errors) ? errors.filter(isEntry) : [],
    retryAfter: readRetryAfter(header('retry-after'), now),
  });
}

/** What answered is not the orchestrator. */
export function unexpectedReply({ status, header }: HttpHead, now: number): ApiError {
  const got = header('content-type') ?? 'nothing';
  const detail = `expected JSON from the orchestrator, got ${got}: is something else, or a proxy, at this address?`;
  const retryAfter = readRetryAfter(header('retry-after'), now);
  return new ApiError({ status, code: 'unexpected-answer', detail, retryAfter });
}

function isEntry(value: unknown): value is ProblemEntry {
  return isObject(value) && typeof value['path'] === 'string' && typeof value['message'] === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
