import type { ServerResponse } from 'node:http';
import type { Problem } from './problem.ts';

/** Answers a problem document (RFC 9457), with Retry-After where the problem passes. */
export function sendProblem(response: ServerResponse, problem: Problem): void {
  const body = JSON.stringify(problem.toDocument());
  response.statusCode = problem.status;
  response.setHeader('content-type', 'application/problem+json; charset=utf-8');
  response.setHeader('content-length', Buffer.byteLength(body));
  response.setHeader('cache-control', 'no-store');
  for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
  if (problem.retryAfter !== undefined) response.setHeader('retry-after', Math.max(1, Math.ceil(problem.retryAfter)));
  response.end(body);
}
