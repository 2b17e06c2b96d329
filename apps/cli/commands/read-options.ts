import { InvalidArgumentError } from 'commander';
import type { ShownAuth } from '../listen/read-arrival.ts';

// Readers of options. What they throw commander prints, with the option's name, and ends with status 2.

const SECONDS: Readonly<Record<string, number>> = { s: 1, min: 60, m: 60, h: 3_600, d: 86_400 };

/** A moment (`2026-03-02T12:00:00Z`, `2026-03-02`), or how long ago (`90s`, `15m`, `2h`, `7d`). */
export function readMoment(now: () => Date): (text: string) => Date {
  return (text) => {
    const [, amount, unit] = /^(\d{1,9})(s|min|m|h|d)$/.exec(text) ?? [];
    if (amount !== undefined) return new Date(now().getTime() - Number(amount) * (SECONDS[unit ?? ''] ?? 0) * 1_000);
    const moment = /^\d{4}-\d\d-\d\d/.test(text) ? new Date(text) : new Date(Number.NaN);
    if (!Number.isNaN(moment.getTime())) return moment;
    throw new InvalidArgumentError('expected a moment such as 2026-03-02T12:00:00Z, or how long ago, such as 2h');
  };
}

/** A whole number within bounds. */
export function readWhole(from: number, to: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= from && number <= to) return number;
    throw new InvalidArgumentError(`expected a whole number from ${from} to ${to}`);
  };
}

/** Seconds, fractions allowed. */
export function readSeconds(most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (number <= most) return number;
    throw new InvalidArgumentError(`expected seconds from 0 to ${most}`);
  };
}

/** Collects an option that may be given several times. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

export const AUTH_FORMS = 'none, api-key:HEADER:VALUE, basic:USERNAME:PASSWORD or bearer:TOKEN';

/** Credentials that the orchestrator shows to a node. */
export function readAuth(text: string): ShownAuth {
  const [type = '', ...rest] = text.split(':');
  const [first = '', ...others] = rest;
  const last = others.join(':');
  if (text === 'none') return { type: 'none' };
  if (type === 'api-key' && first !== '' && last !== '') return { type, header: first, value: last };
  if (type === 'basic' && first !== '' && last !== '') return { type, username: first, password: last };
  if (type === 'bearer' && first !== '') return { type, token: rest.join(':') };
  throw new InvalidArgumentError(`expected ${AUTH_FORMS}`);
}

/** A JSON object. */
export function readJsonObject(text: string): object {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below, in the same words as for JSON of another kind.
  }
  throw new InvalidArgumentError('expected a JSON object');
}
