/** One thing that is wrong with a call: where, and what was expected and got. */
export interface ParseProblem {
  /** A JSON path such as `messages[3].destinations[1]`, a header's name, or empty for the body as a whole. */
  readonly path: string;
  readonly message: string;
}

/** What came of parsing: the value, or everything that is wrong. */
export type Parsed<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problems: readonly ParseProblem[] };

export function parsed<Value>(value: Value): Parsed<Value> {
  return { ok: true, value };
}

/** At most so many problems are told: an answer must not grow with what is wrong with the call. */
const MOST_PROBLEMS = 100;

export function refused(problems: readonly ParseProblem[]): Parsed<never> {
  return { ok: false, problems: problems.slice(0, MOST_PROBLEMS) };
}

/** All values, or all problems. */
export function parsedAll<Value>(results: readonly Parsed<Value>[]): Parsed<Value[]> {
  const problems = results.flatMap((result) => (result.ok ? [] : result.problems));
  return problems.length > 0
    ? refused(problems)
    : parsed(results.flatMap((result) => (result.ok ? [result.value] : [])));
}

/** The path of a member below a path that may be empty. */
export function below(path: string, member: string): string {
  return path === '' ? member : `${path}.${member}`;
}

/** What was got, in a few words: a problem must not hand the body back. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return value === '' ? 'an empty text' : describeText(value);
  return String(value);
}

const LONGEST_QUOTE = 60;

function describeText(text: string): string {
  const quote = JSON.stringify(text.slice(0, LONGEST_QUOTE));
  return text.length > LONGEST_QUOTE ? `${quote}… (${text.length} characters)` : quote;
}
