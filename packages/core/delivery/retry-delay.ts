import type { RetryPolicy } from './policy.ts';

/** A delay longer than this helps nobody, and keeps due times within what every date type can hold. Seconds. */
export const LONGEST_DELAY = 10 * 365 * 86_400;

/** How long after the end of the n-th failed attempt of a budget the next one falls due: `fixed + (n - 1) * progressive` seconds. */
export function retryDelay(n: number, { fixed, progressive }: RetryPolicy['delay']): number {
  return Math.min(fixed + (n - 1) * progressive, LONGEST_DELAY);
}
