import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.ts';

/** The media type of a request's body in lower case, without parameters; empty when it says none. */
export function mediaTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** Refuses, with 415, a body that is not of this type or not in UTF-8. */
export function requireMediaType(request: IncomingMessage, expected: string): void {
  const header = request.headers['content-type'];
  // The usual spelling first: this is asked for every message.
  if (header === expected) return;
  if (mediaTypeOf(request) !== expected) {
    throw unsupportedType(`expected content-type ${expected}, got ${header ?? 'none'}`);
  }
  const charset = /;[ \t]*charset="?([^";]*)"?/i.exec(header ?? '')?.[1]?.trim();
  if (charset !== undefined && charset.toLowerCase() !== 'utf-8') {
    throw unsupportedType(`expected charset utf-8, got ${charset}`);
  }
}

export function unsupportedType(detail: string): Problem {
  return new Problem(415, 'unsupported-media-type', detail);
}
