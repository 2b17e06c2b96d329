import type * as z from 'zod';
import { type ConfigProblem, type Finding, keyOf } from './config-problem.ts';
import { type Config, configSchema, isNothing, KNOWN_KEYS } from './config-schema.ts';
import { type Environment, Filled, fillFromEnvironment, type ReadFile } from './fill-from-environment.ts';
import { editDistance, nearestKey } from './nearest-key.ts';
import { readDocument } from './read-document.ts';
import { securityFindings } from './security-findings.ts';
import { showValue, valueAt } from './show-value.ts';

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly ConfigProblem[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[]; readonly warnings: readonly ConfigProblem[] };

/**
 * Reads the configuration from its YAML text, filled from the environment. All that is wrong is told at once, one problem a key.
 * Never throws. `file` is what the problems call the text; `readFile` answers what `${file:PATH}` stands for.
 */
export function parseConfig(
  text: string,
  { file, env, readFile }: { file: string; env: Environment; readFile?: ReadFile },
): ParsedConfig {
  const reading = readDocument(text);
  if (!reading.ok)
    return { ok: false, problems: reading.faults.map((fault) => ({ file, key: null, ...fault })), warnings: [] };
  const { document } = reading;
  const locate = ({ path, message }: Finding): ConfigProblem => {
    return { file, line: document.lineOf(path), key: path.length === 0 ? null : keyOf(path), message };
  };

  const { own, ignored, misplaced } = sortSections(document.tree);
  const filled = fillFromEnvironment(own, env, readFile);
  const read = configSchema.safeParse(filled.tree);
  const findings = [
    ...misplaced,
    ...filled.findings,
    ...(read.error?.issues ?? []).flatMap((issue) => describeIssue(issue, filled.tree)),
    ...findMissingSecret(filled.tree),
    ...securityFindings(filled.tree),
  ];
  const warnings = [...document.warnings.map((fault) => ({ file, key: null, ...fault })), ...ignored.map(locate)];
  if (read.success && findings.length === 0) return { ok: true, config: read.data, warnings };
  return { ok: false, problems: onePerKey(findings).map(locate).sort(byLine), warnings };
}

function byLine(a: ConfigProblem, b: ConfigProblem): number {
  return (a.line ?? 0) - (b.line ?? 0);
}

/** Sections that we don't know belong to someone else and are left alone, unfilled. One like `delivery.batch` is ours, misplaced. */
function sortSections(tree: unknown): { own: unknown; ignored: Finding[]; misplaced: Finding[] } {
  if (!isMapping(tree)) return { own: tree, ignored: [], misplaced: [] };
  const names = Object.keys(tree).filter((name) => !SECTIONS.includes(name));
  const isOurs = (name: string) => SECTIONS.some((section) => name.startsWith(`${section}.`));
  return {
    own: Object.fromEntries(Object.entries(tree).filter(([name]) => SECTIONS.includes(name))),
    ignored: names.filter((name) => !isOurs(name)).map((name) => ({ path: [name], message: ignoredSection(name) })),
    misplaced: names.filter(isOurs).map((name) => ({ path: [name], message: NOT_DOTTED })),
  };
}

const SECTIONS = KNOWN_KEYS.filter((key) => !key.includes('.'));
const NOT_DOTTED = 'expected its parts nested, each on a line of its own below the one before, got them joined by dots';

function ignoredSection(name: string): string {
  const nearest = nearestKey(name, SECTIONS);
  const isNear = nearest !== null && editDistance(name, nearest) <= 2;
  return isNear ? `unknown section, ignored: did you mean ${nearest}?` : 'unknown section, ignored';
}

function describeIssue(issue: z.core.$ZodIssue, tree: unknown): Finding[] {
  const path = issue.path.filter((segment) => typeof segment !== 'symbol');
  if (issue.code !== 'unrecognized_keys') {
    return [{ path, message: `expected ${issue.message}, got ${showValue(valueAt(tree, path), path)}` }];
  }
  return issue.keys.map((name) => ({ path: [...path, name], message: unknownKey(keyOf([...path, name])) }));
}

function unknownKey(key: string): string {
  return KNOWN_KEYS.includes(key) ? NOT_DOTTED : `unknown, did you mean ${nearestKey(key, KNOWN_KEYS)}?`;
}

/**
 * A secret made up here would be another one in each process of a fleet. Looked for by itself, since the schema's own
 * cross-checks are skipped once any key is wrong.
 */
function findMissingSecret(tree: unknown): Finding[] {
  const url = valueAt(tree, ['database', 'url']);
  const text = url instanceof Filled ? url.text : url;
  const isExternal = typeof text === 'string' && text.startsWith('postgres');
  const path = ['security', 'secret'];
  if (!isExternal || !isNothing(valueAt(tree, path))) return [];
  return [{ path, message: 'expected at least 32 random bytes, since database.url is not "embedded", got nothing' }];
}

/** The first finding of each key: those after it are its consequences. */
function onePerKey(findings: readonly Finding[]): Finding[] {
  const keys = findings.map(({ path }) => keyOf(path));
  return findings.filter((_, i) => keys.indexOf(keys[i] ?? '') === i);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
