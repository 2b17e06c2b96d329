import { ApiError, UnreachableError } from './api-error.ts';

/** When a call that failed is made again. Seconds. */
export interface RepeatPolicy {
  /** Repeats at most; 0: never. */
  readonly most: number;
  /** The first pause; each later one is twice as long, and all of them are shortened by up to a half, by chance. */
  readonly firstPause: number;
  /** No pause is longer: where more is asked for (Retry-After), the call fails instead. */
  readonly longestPause: number;
}

/** Answers of a system, or a proxy before it, that may be well again soon. */
const PASSING: readonly number[] = [429, 502, 503, 504];

/**
 * Seconds to wait before a call that failed is made again; null when it should not be.
 * @param failed How often it has failed, from 1.
 * @param chance From 0 to 1.
 */
export function pauseBeforeRepeat(
  error: unknown,
  { failed, chance }: { readonly failed: number; readonly chance: number },
  { most, firstPause, longestPause }: RepeatPolicy,
): number | null {
  if (failed > most || !isPassing(error)) return null;
  const own = Math.min(longestPause, firstPause * 2 ** (failed - 1)) * (1 - chance / 2);
  const asked = error instanceof ApiError ? (error.retryAfter ?? 0) : 0;
  return asked > longestPause ? null : Math.max(own, asked);
}

function isPassing(error: unknown): boolean {
  return error instanceof UnreachableError || (error instanceof ApiError && PASSING.includes(error.status));
}

/** What Retry-After says (RFC 9110, 10.2.3), in seconds from `now` (epoch ms); null when it is not there or can't be read. */
export function readRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const at = /[a-z]/i.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, (at - now) / 1_000);
}
