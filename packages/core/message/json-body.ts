import { isUtf8 } from 'node:buffer';
import type { ScannedObject } from './json-scan.ts';
import { scanObject } from './json-scan.ts';
import { describe, parsed, refused, type Parsed, type ParseProblem } from './parsed.ts';

/** Deepest nesting of a body of ours, payloads left out. */
const DEEPEST = 64;
/** Most members of one message or other body of ours, payloads left out. */
const MOST_KEYS = 10_000;

/** Reads bytes as JSON (RFC 8259): UTF-8 without a byte order mark. */
export function parseJson(body: Buffer): Parsed<unknown> {
  if (body.length === 0) return refuse('expected JSON, got an empty body');
  if (body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) {
    return refuse('expected JSON, got a byte order mark before it: leave it out (RFC 8259, section 8.1)');
  }
  if (!isUtf8(body)) return refuse('expected UTF-8, got bytes that are not');
  try {
    return parsed(JSON.parse(body.toString('utf8')));
  } catch (error) {
    return refuse(`expected JSON: ${(error as SyntaxError).message}`);
  }
}

/** Reads bytes as a JSON object, however it is built. */
export function parseObject(body: Buffer): Parsed<Record<string, unknown>> {
  const json = parseJson(body);
  if (!json.ok) return json;
  return isObject(json.value) ? parsed(json.value) : refuse(`expected an object, got ${describe(json.value)}`);
}

/** Reads a body of ours that carries no payload, such as a management call's: an object within the limits of depth and keys. */
export function parseOwnBody(body: Buffer): Parsed<Record<string, unknown>> {
  const json = parseObject(body);
  if (!json.ok) return json;
  const problems = shapeProblems(scanObject(body, 0), '');
  return problems.length > 0 ? refused(problems) : json;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where an object of ours is nested too deeply, has too many members, or one that none of ours has. */
export function shapeProblems({ shape }: ScannedObject, path: string): ParseProblem[] {
  const problems: ParseProblem[] = [];
  if (shape.depth > DEEPEST) problems.push({ path, message: `expected at most ${DEEPEST} levels, got ${shape.depth}` });
  if (shape.keys > MOST_KEYS) problems.push({ path, message: `expected at most ${MOST_KEYS} keys, got ${shape.keys}` });
  if (shape.forbidden !== null) problems.push({ path, message: `the key ${shape.forbidden} is not allowed` });
  return problems;
}

function refuse(message: string): Parsed<never> {
  return refused([{ path: '', message }]);
}
