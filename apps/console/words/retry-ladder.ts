import type { Attempt, Delivery, Standing } from '#client';

/** An attempt that was made, or that would follow. */
export interface Rung {
  readonly number: number;
  /** ISO 8601. */
  readonly at: string;
  readonly state: 'failed' | 'succeeded' | 'next' | 'later';
  /** Ends the ladder: if this one fails, the delivery is frozen. */
  readonly last: boolean;
}

type Retry = Standing['policy']['retry'];

/** What comes after the next attempt is shown so far ahead, and no further. */
const MOST_AHEAD = 12;

/**
 * The attempts of one delivery that were made, and those that follow while each fails: after the n-th of a budget the next falls due
 * `fixed + (n - 1) * progressive` seconds later (contract, section 1).
 */
export function retryLadder(delivery: Delivery, attempts: readonly Attempt[], retry: Retry): readonly Rung[] {
  const made = attempts
    .filter(({ node }) => node === delivery.node)
    .toSorted((a, b) => a.number - b.number)
    .map(({ number, startedAt, outcome }): Rung => {
      return { number, at: startedAt, state: outcome === 'success' ? 'succeeded' : 'failed', last: false };
    });
  return delivery.state === 'pending' && delivery.dueAt !== null
    ? [...made, ...ahead(delivery.attempts, delivery.dueAt, { retry, failures: failuresOf(delivery, attempts, retry) })]
    : made;
}

function ahead(attempts: number, dueAt: string, { retry, failures }: { retry: Retry; failures: number }): Rung[] {
  const left = retry.max === 0 ? MOST_AHEAD : Math.min(Math.max(retry.max - failures, 1), MOST_AHEAD);
  let at = Date.parse(dueAt);
  return Array.from({ length: left }, (_, i): Rung => {
    if (i > 0) at += delayAfter(failures + i, retry) * 1_000;
    const last = retry.max !== 0 && failures + i + 1 >= retry.max;
    return { number: attempts + i + 1, at: new Date(at).toISOString(), state: i === 0 ? 'next' : 'later', last };
  });
}

/** Seconds between the n-th failure of a budget and the attempt after it. */
export function delayAfter(n: number, { delay }: Retry): number {
  return delay.fixed + (n - 1) * delay.progressive;
}

/**
 * Failures of the current budget. A replay begins a new one while attempts are numbered on; which one it is can be told from how long
 * after the last attempt the next one is due.
 */
function failuresOf(delivery: Delivery, attempts: readonly Attempt[], retry: Retry): number {
  const last = attempts.find(({ node, number }) => node === delivery.node && number === delivery.attempts);
  if (last === undefined || delivery.dueAt === null)
    return retry.max === 0 ? delivery.attempts : Math.min(delivery.attempts, retry.max - 1);
  if (retry.delay.progressive === 0) return retry.max === 0 ? delivery.attempts : delivery.attempts % retry.max;
  const waited = (Date.parse(delivery.dueAt) - Date.parse(last.startedAt) - last.duration) / 1_000;
  const n = Math.round((waited - retry.delay.fixed) / retry.delay.progressive) + 1;
  return Math.min(Math.max(n, 0), delivery.attempts);
}
