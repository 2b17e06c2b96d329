import type { Trail } from './trail.ts';
import type { Violation, ViolationKind } from './violation.ts';

/** How a node's failures are retried; delays in seconds. `max` 0: for ever. */
export interface RetryRule {
  readonly delay: { readonly fixed: number; readonly progressive: number };
  readonly max: number;
}

/** Durations and moments are stored in whole ms, each rounded for itself. */
const ROUNDING = 2;

type Finding = readonly [ViolationKind, string];

/** What is wrong with one delivery. */
export function judgeTrail(trail: Trail, retry: RetryRule): Violation[] {
  const { message, node } = trail.delivery;
  const findings = [
    ...judgeEnd(trail),
    ...judgeNumbers(trail, retry),
    ...judgeOverlap(trail),
    ...judgeRecordedPauses(trail, retry),
    ...judgeSeenPauses(trail, retry),
  ];
  return findings.map(([kind, detail]) => ({ kind, message, node, detail }));
}

/**
 * Requests beyond the one that each recorded attempt is, such as that of a worker which died before it could record it, and attempts
 * after one that succeeded; those of a replay count for themselves.
 */
export function duplicatesOf({ delivery, attempts, requests }: Trail): number {
  const unrecorded = Math.max(requests.length - attempts.length, 0);
  const inBudget = attempts.filter(({ number }) => number > delivery.budgetStart);
  const success = inBudget.findIndex(({ outcome }) => outcome === 'success');
  return unrecorded + (success === -1 ? 0 : inBudget.length - success - 1);
}

function judgeEnd({ delivery, attempts, requests }: Trail): Finding[] {
  const findings: Finding[] = [];
  if (delivery.state === 'pending') findings.push(['pending', `${delivery.attempts} attempts so far`]);
  const isSeen = requests.some(({ status }) => status !== null && status >= 200 && status < 300);
  if (delivery.state === 'delivered' && !isSeen) findings.push(['unseen', 'delivered, and nobody answered 2xx']);
  const answered = attempts.filter(({ status }) => status !== null);
  if (answered.length > requests.length) {
    findings.push(['unseen', `${answered.length} attempts answered, ${requests.length} requests`]);
  }
  const { finalAt } = delivery;
  const late = finalAt === null ? [] : attempts.filter(({ startedAt }) => startedAt > finalAt + ROUNDING);
  for (const { number } of late) findings.push(['attempted-when-final', `attempt ${number} of one ${delivery.state}`]);
  return findings;
}

function judgeNumbers({ delivery, attempts }: Trail, { max }: RetryRule): Finding[] {
  const findings: Finding[] = [];
  const numbers = attempts.map(({ number }) => number);
  if (numbers.length !== delivery.attempts || numbers.some((number, i) => number !== i + 1)) {
    findings.push(['gap', `${delivery.attempts} attempts, recorded as ${numbers.join(', ')}`]);
  }
  const failures = attempts.filter(({ number, outcome }) => number > delivery.budgetStart && outcome !== 'success');
  if (max > 0 && failures.length > max) findings.push(['over-budget', `${failures.length} failures, ${max} allowed`]);
  return findings;
}

function judgeOverlap({ attempts, requests }: Trail): Finding[] {
  const findings: Finding[] = [];
  for (const [one, next] of pairs(requests)) {
    if (next.arrivedAt < (one.endedAt ?? Infinity)) findings.push(['overlapping', 'two requests at a time']);
  }
  for (const [one, next] of pairs(attempts)) {
    const overlap = one.startedAt + one.duration - next.startedAt;
    if (overlap > ROUNDING) findings.push(['overlapping', `attempts ${one.number} and ${next.number}: ${overlap} ms`]);
  }
  return findings;
}

/** By the database's clock: from the end of one attempt to the start of the next. A budget's first attempt may start at any time. */
function judgeRecordedPauses({ delivery, attempts }: Trail, retry: RetryRule): Finding[] {
  return pairs(attempts)
    .filter(([one]) => one.number > delivery.budgetStart)
    .map(([one, next]) =>
      earlyBy(next.startedAt - one.startedAt - one.duration, one.number - delivery.budgetStart, retry),
    )
    .flatMap((finding) => finding ?? []);
}

/** By the receivers' clock, which knows nothing of ours. Only where each request is an attempt do we know which failure came before it. */
function judgeSeenPauses({ delivery, attempts, requests }: Trail, retry: RetryRule): Finding[] {
  if (delivery.budgetStart > 0 || requests.length !== attempts.length) return [];
  return pairs(requests)
    .map(([one, next], i) => earlyBy(next.arrivedAt - one.arrivedAt, i + 1, retry))
    .flatMap((finding) => finding ?? []);
}

/** `pause`: ms after the n-th failure of a budget. */
function earlyBy(pause: number, n: number, { delay }: RetryRule): [Finding] | null {
  const expected = (delay.fixed + (n - 1) * delay.progressive) * 1_000;
  if (pause + ROUNDING >= expected) return null;
  return [['early', `${Math.round(pause)} ms after failure ${n}, expected ${expected}`]];
}

function pairs<Item>(items: readonly Item[]): [Item, Item][] {
  return items.slice(1).map((next, i) => [items[i] as Item, next]);
}
