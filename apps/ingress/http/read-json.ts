import type { RequestHandler } from 'express';
import { parseOwnBody, type Parsed } from '#core';
import { requireMediaType } from './media-type.ts';
import { Problem } from './problem.ts';
import { readBody } from './read-body.ts';

/**
 * Reads a JSON object into `request.body`, for calls that carry no payload: strict about type, size, UTF-8, depth, number of keys, and
 * keys that name what objects inherit. A route puts it before its handler.
 * @param limit Bytes, decoded.
 */
export function readJson(limit: number): RequestHandler {
  return async (request, _response, next) => {
    requireMediaType(request, 'application/json');
    request.body = valueOf(parseOwnBody(await readBody(request, limit)));
    next();
  };
}

/** What was parsed, or a 400 with an entry for each thing that is wrong. */
export function valueOf<Value>(parsed: Parsed<Value>): Value {
  if (parsed.ok) return parsed.value;
  throw new Problem(400, 'invalid-request', 'the request has mistakes: see errors', { errors: parsed.problems });
}
