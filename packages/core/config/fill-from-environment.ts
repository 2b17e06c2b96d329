import { isScalar, parseDocument } from 'yaml';
import type { Finding, Path } from './config-problem.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The text of a file that a value names, or why there is none, in words. */
export type ReadFile = (path: string) => { readonly text: string } | { readonly problem: string };

/**
 * A value with something in it from the environment. Which of its readings counts is up to the key: a password of digits stays
 * text, while a port is a number however it was quoted.
 */
export class Filled {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }

  /** The text read as one YAML scalar: what YAML would make a mapping or a list of stays text. */
  get value(): unknown {
    const { contents, errors } = parseDocument(this.text, { prettyErrors: false });
    return errors.length === 0 && isScalar(contents) ? contents.value : this.text;
  }
}

const PLACEHOLDER = /\$\{([^}]*)(\}?)/g;
const FILE = /^file:(.+)$/s;
const NAME_AND_DEFAULT = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/**
 * Replaces each text that holds `${NAME}`, `${NAME:-default}` or `${file:PATH}` with a `Filled`. As in a shell, the default also stands in for a
 * variable that is set and empty. It works on values that are parsed already, so nothing in the environment can change the
 * document's structure, and what was filled in is not looked through again.
 */
export function fillFromEnvironment(
  tree: unknown,
  env: Environment,
  readFile: ReadFile = noFiles,
): { tree: unknown; findings: Finding[] } {
  const findings: Finding[] = [];

  function fill(value: unknown, path: Path): unknown {
    if (typeof value === 'string' && value.includes('${')) return fillText(value, path);
    if (Array.isArray(value)) return value.map((item, i) => fill(item, [...path, i]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, fill(child, [...path, key])]));
  }

  function fillText(text: string, path: Path): Filled | undefined {
    const before = findings.length;
    const filled = text.replaceAll(PLACEHOLDER, (_, inner: string, end: string) => {
      const looked = end === '' ? { problem: UNREADABLE } : lookUp(inner, env, readFile);
      if ('text' in looked) return looked.text;
      findings.push({ path, message: looked.problem });
      return '';
    });
    return findings.length > before ? undefined : new Filled(filled);
  }

  return { tree: fill(tree, []), findings };
}

const UNREADABLE = 'expected ${NAME} or ${NAME:-default}, got a "${" that starts neither';

function noFiles(path: string) {
  return { problem: `expected no ${path}: files can't be read here` };
}

function lookUp(inner: string, env: Environment, readFile: ReadFile): { text: string } | { problem: string } {
  const [, path] = FILE.exec(inner) ?? [];
  if (path !== undefined) return readFile(path);
  const [, name, fallback] = NAME_AND_DEFAULT.exec(inner) ?? [];
  if (name === undefined || fallback?.includes('${')) return { problem: UNREADABLE };
  const set = Object.hasOwn(env, name) ? env[name] : undefined;
  if (set === undefined && fallback === undefined) {
    return {
      problem: `the environment variable ${name} is not set: set it, or give a default as in \${${name}:-default}`,
    };
  }
  return { text: set === undefined || (set === '' && fallback !== undefined) ? (fallback ?? '') : set };
}
