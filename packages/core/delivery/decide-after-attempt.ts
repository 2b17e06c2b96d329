import type { Protocol } from '../routing/node.ts';
import type { AttemptResult } from './attempt.ts';
import type { RetryPolicy } from './policy.ts';
import { retryDelay } from './retry-delay.ts';

/** What becomes of a delivery after an attempt. `delay` is in seconds from the attempt's end. */
export type Decision =
  | { readonly state: 'delivered' }
  | { readonly state: 'pending'; readonly delay: number }
  | { readonly state: 'frozen'; readonly reason: string };

/**
 * Decides a delivery from one attempt: any 2xx delivers; 410 freezes at once, as do 404 and 401 from a federated node for a full
 * event; every other end counts as a failure and is retried, the later of Retry-After and the own delay, until the budget is used up.
 */
export function decideAfterAttempt(
  delivery: {
    /** Failures of the current budget before this attempt. */
    readonly failures: number;
    readonly protocol: Protocol;
    /** `fullevent` has rules of its own. */
    readonly messageType: string;
  },
  answer: Pick<AttemptResult, 'outcome' | 'status' | 'retryAfter'>,
  retry: RetryPolicy,
): Decision {
  if (answer.outcome === 'success') return { state: 'delivered' };
  if (isRefusedForGood(delivery, answer.status)) {
    return { state: 'frozen', reason: `the node answered ${answer.status}, which is final` };
  }
  const failures = delivery.failures + 1;
  if (isBudgetSpent(failures, retry)) {
    return { state: 'frozen', reason: `${failures} failed attempts, delivery.retry.max is ${retry.max}` };
  }
  return { state: 'pending', delay: Math.max(retryDelay(failures, retry.delay), answer.retryAfter ?? 0) };
}

/** Whether no attempt is left: also true before an attempt when `max` was lowered below what was tried. */
export function isBudgetSpent(failures: number, { max }: RetryPolicy): boolean {
  return max > 0 && failures >= max;
}

function isRefusedForGood(delivery: { protocol: Protocol; messageType: string }, status: number | null): boolean {
  if (status === 410) return true;
  return (
    delivery.protocol === 'federated' && delivery.messageType === 'fullevent' && (status === 404 || status === 401)
  );
}
