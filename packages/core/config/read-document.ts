import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, Parser, type CST } from 'yaml';
import type { Path } from './config-problem.ts';

/** A YAML text as plain values, with the way back from a value to its line. */
export interface ConfigDocument {
  /** Null for an empty text. */
  readonly tree: unknown;
  /** The line of the deepest part of `path` that the text has; null when it has none of it. */
  lineOf(path: Path): number | null;
  readonly warnings: readonly Fault[];
}

/** What is wrong with the text as YAML. */
export interface Fault {
  readonly line: number | null;
  readonly message: string;
}

export type DocumentReading = { ok: true; document: ConfigDocument } | { ok: false; faults: readonly Fault[] };

/** Deeper than anyone nests settings, and far from where composing a document would overflow the stack. */
const DEEPEST = 64;

export function readDocument(text: string): DocumentReading {
  if (isTooDeep(text))
    return failed({ line: null, message: `expected at most ${DEEPEST} levels of nesting, got more` });
  const lines = new LineCounter();
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const parsed = parseDocument(text, { prettyErrors: false, stringKeys: true, lineCounter: lines });
  if (parsed.errors.length > 0) {
    return failed(
      ...parsed.errors.map((error) => ({ line: lineAt(error.pos[0]), message: describeError(error, text) })),
    );
  }
  const warnings = parsed.warnings.map(({ pos }) => ({ line: lineAt(pos[0]), message: UNKNOWN_TAG }));
  return toTree(parsed, (tree) => ({
    tree,
    lineOf(path) {
      const offset = offsetOf(parsed, path);
      return offset === null ? null : lineAt(offset);
    },
    warnings,
  }));
}

type YamlDocument = ReturnType<typeof parseDocument>;

/** The only thing that the parser warns of. */
const UNKNOWN_TAG = 'a tag that is not known here, ignored: a text that starts with ! needs quotes';

/** One fault a line: the parser stumbles on over what the first one left. */
function failed(...faults: Fault[]): DocumentReading {
  return { ok: false, faults: faults.filter(({ line }, i) => faults.findIndex((other) => other.line === line) === i) };
}

/** Aliases are resolved here: one without its anchor, and more of them than any settings need, are refused. */
function toTree(parsed: YamlDocument, build: (tree: unknown) => ConfigDocument): DocumentReading {
  try {
    return { ok: true, document: build(parsed.toJS({ maxAliasCount: 100 })) };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return failed({ line: null, message: `expected readable YAML, got: ${withoutQuotation(error.message)}` });
  }
}

function describeError({ code, message, pos }: YamlDocument['errors'][number], text: string): string {
  if (code === 'DUPLICATE_KEY') {
    const [key] = /^[^:\r\n]*/.exec(text.slice(pos[0])) ?? [''];
    return `expected each key once, got ${key.trim()} again`;
  }
  if (code === 'MULTIPLE_DOCS') return 'expected one YAML document, got several';
  return `expected readable YAML, got: ${withoutQuotation(message)}${hintAt(text, pos[0])}`;
}

/** The parser quotes what it stumbles over, which may be a secret. */
function withoutQuotation(message: string): string {
  return message.replace(/:? ".*$|: .*$/s, '');
}

/** Inside `[ ]` and `{ }` the braces of a placeholder are YAML's own. */
function hintAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1).split('\n', 1)[0] ?? '';
  return /(?:\[|(?<!\$)\{)[^"']*\$\{/.test(line) ? ' (inside [ ] and { }, put "${NAME}" in quotes)' : '';
}

function isTooDeep(text: string): boolean {
  const waiting: { token: CST.Token; depth: number }[] = [];
  for (const token of new Parser().parse(text)) waiting.push({ token, depth: 0 });
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.depth > DEEPEST) return true;
    const { token, depth } = next;
    for (const child of childrenOf(token)) waiting.push({ token: child, depth: depth + 1 });
  }
  return false;
}

function childrenOf(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value ? [token.value] : [];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) => [key, value].filter((child) => child !== null && child !== undefined));
}

function offsetOf(parsed: YamlDocument, path: Path): number | null {
  let node: Node | null | undefined = parsed.contents;
  let offset: number | null = null;
  for (const segment of path) {
    if (isAlias(node)) node = node.resolve(parsed);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === segment);
      offset = isScalar(pair?.key) ? (pair.key.range?.[0] ?? offset) : offset;
      node = pair?.value as Node | null | undefined;
    } else if (isSeq(node) && typeof segment === 'number') {
      node = node.items[segment] as Node | undefined;
      offset = node?.range?.[0] ?? offset;
    } else return offset;
  }
  return offset;
}
