/**
 * Finds where the members of a JSON text lie, so that their own text can be sent on: `JSON.parse` gives values, and a value does not
 * know how it was written (`1e400`, a 20-digit integer, a doubled key, an escape). Works on the bytes of a text that `JSON.parse` has
 * taken, in one pass without recursion; nothing here checks the grammar again.
 */

/** Where a value lies: from byte `start` up to, not including, byte `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** Whether there is white space between its tokens. */
  readonly spaced: boolean;
}

/** How an object of ours is built. */
interface Shape {
  /** Members, at any depth, doubled ones too. */
  keys: number;
  /** Objects and arrays within each other, itself included. */
  depth: number;
  /** A key that no body of ours has, since it names what every JavaScript object inherits; null when there is none. */
  forbidden: string | null;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** Between the tokens of valid JSON, nothing else is this low. */
const HIGHEST_SPACE = 0x20;

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor']);

/** An object as it is written: its members, how it is built, and where it ends. */
export interface ScannedObject {
  /** By name; of doubled ones the last, as in `JSON.parse`. */
  readonly members: ReadonlyMap<string, Span>;
  readonly shape: Shape;
  readonly end: number;
}

/** Scans the object that begins at or after `at`. Its shape leaves out what is inside the member called `payload`. */
export function scanObject(json: Buffer, at: number, payload?: string): ScannedObject {
  const members = new Map<string, Span>();
  const shape: Shape = { keys: 0, depth: 1, forbidden: null };
  let i = skipSpace(json, skipSpace(json, at) + 1);
  while (json[i] === QUOTE) {
    const end = endOfString(json, i);
    const key = readKey(json, i, end);
    count(shape, key);
    const start = skipSpace(json, skipSpace(json, end) + 1);
    const span = scanValue(json, start, key === payload ? null : shape);
    members.set(key, span);
    i = afterComma(json, span.end);
  }
  return { members, shape, end: i + 1 };
}

/** Scans the objects of the array that begins at or after `at`; it must hold nothing else. */
export function scanObjects(json: Buffer, at: number, payload?: string): ScannedObject[] {
  const objects: ScannedObject[] = [];
  let i = skipSpace(json, skipSpace(json, at) + 1);
  while (json[i] === OPEN_OBJECT) {
    const object = scanObject(json, i, payload);
    objects.push(object);
    i = afterComma(json, object.end);
  }
  return objects;
}

/** A value's own text without the spaces between its tokens. The bytes of the body itself where there are none. */
export function minify(json: Buffer, { start, end, spaced }: Span): Buffer {
  if (!spaced) return json.subarray(start, end);
  const text = Buffer.allocUnsafe(end - start);
  let length = 0;
  let i = start;
  while (i < end) {
    const byte = json[i] as number;
    if (byte === QUOTE) {
      const after = endOfString(json, i);
      while (i < after) text[length++] = json[i++] as number;
    } else {
      if (byte > HIGHEST_SPACE) text[length++] = byte;
      i += 1;
    }
  }
  return text.subarray(0, length);
}

/** Walks one value of an object, whose `shape`, where given, counts what is inside. */
function scanValue(json: Buffer, start: number, shape: Shape | null): Span {
  const first = json[start];
  if (first === QUOTE) return { start, end: endOfString(json, start), spaced: false };
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) return { start, end: endOfScalar(json, start), spaced: false };
  let open = 0;
  let deepest = 0;
  let spaced = false;
  let stringAt = start;
  let stringEnd = start;
  let i = start;
  do {
    const byte = json[i] as number;
    if (byte === QUOTE) {
      stringAt = i;
      stringEnd = i = endOfString(json, i);
      continue;
    }
    if (byte <= HIGHEST_SPACE) spaced = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      open += 1;
      if (open > deepest) deepest = open;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) open -= 1;
    else if (byte === COLON && shape !== null) count(shape, readKey(json, stringAt, stringEnd));
    i += 1;
  } while (open > 0 && i < json.length);
  if (shape !== null) shape.depth = Math.max(shape.depth, deepest + 1);
  return { start, end: i, spaced };
}

function count(shape: Shape, key: string): void {
  shape.keys += 1;
  if (FORBIDDEN_KEYS.has(key)) shape.forbidden = key;
}

/** From an opening quote to the byte after the closing one. */
function endOfString(json: Buffer, start: number): number {
  let i = start + 1;
  while (i < json.length) {
    const byte = json[i];
    if (byte === QUOTE) return i + 1;
    i += byte === BACKSLASH ? 2 : 1;
  }
  return i;
}

/** A number, `true`, `false` or `null` ends at white space or at the next comma or bracket. */
function endOfScalar(json: Buffer, start: number): number {
  let i = start;
  while (i < json.length) {
    const byte = json[i] as number;
    if (byte <= HIGHEST_SPACE || byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) break;
    i += 1;
  }
  return i;
}

function skipSpace(json: Buffer, at: number): number {
  let i = at;
  while (i < json.length && (json[i] as number) <= HIGHEST_SPACE) i += 1;
  return i;
}

/** From the end of a value to the start of the next, or to the closing bracket. */
function afterComma(json: Buffer, at: number): number {
  const i = skipSpace(json, at);
  return json[i] === COMMA ? skipSpace(json, i + 1) : i;
}

/** A key as `JSON.parse` reads it: `"p\u0061yload"` is `payload`. */
function readKey(json: Buffer, start: number, end: number): string {
  const key = json.toString('utf8', start + 1, end - 1);
  return key.includes('\\') ? (JSON.parse(`"${key}"`) as string) : key;
}
