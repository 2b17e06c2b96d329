import type { Path } from './config-problem.ts';
import { Filled } from './fill-from-environment.ts';

const LONGEST_SHOWN = 80;

export function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, segment) => {
    return typeof value === 'object' && value !== null && Object.hasOwn(value, segment)
      ? (value as Record<string | number, unknown>)[segment]
      : undefined;
  }, tree);
}

/** A value as a problem may show it: on one line, not too long, and without anything secret. */
export function showValue(value: unknown, path: Path): string {
  const plain = value instanceof Filled ? value.text : value;
  if (plain === undefined || plain === null) return 'nothing';
  if (path[0] === 'security') return '(hidden)';
  if (typeof plain === 'string') return JSON.stringify(shorten(hideLogin(plain)));
  if (typeof plain !== 'object') return String(plain);
  return Array.isArray(plain) ? 'a list' : 'a mapping';
}

/** Whatever stands before an @ may be the user and password of a URL, however badly written; so may a parameter. */
function hideLogin(text: string): string {
  return text.replace(/^([a-z+]*:\/\/)?.*@/is, '$1(hidden)@').replace(/(password=)[^&]*/gi, '$1(hidden)');
}

function shorten(text: string): string {
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN)}…`;
}
