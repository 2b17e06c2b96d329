import type { Evidence } from './evidence.ts';
import { judgeAcceptance, judgeBytes } from './judge-messages.ts';
import { duplicatesOf, judgeTrail, type RetryRule } from './judge-trail.ts';
import { trailsOf } from './trail.ts';
import type { Violation, ViolationKind } from './violation.ts';

export interface Rules {
  /** The delays and the budget that each node's failures are held to. */
  retryOf(node: string): RetryRule;
  /** How many duplicates the run's faults explain: lost answers, and over all kills what was in flight. */
  readonly duplicates: number;
}

export interface Verdict {
  readonly violations: readonly Violation[];
  /** Messages and deliveries that were promised and did not come to an end: missing, unseen or still pending. */
  readonly lost: number;
  /** Requests beyond the one that each attempt is, and attempts beyond the one that succeeded. */
  readonly duplicates: number;
}

const LOST: readonly ViolationKind[] = ['missing', 'unseen', 'pending'];

/** Judges whether nothing was lost in a run that is over: by what its senders were told, what its receivers saw, and what is in the database. */
export function judge(evidence: Evidence, { retryOf, duplicates: allowed }: Rules): Verdict {
  const trails = trailsOf(evidence);
  const violations: Violation[] = [
    ...judgeAcceptance(evidence),
    ...judgeBytes(evidence),
    ...trails.flatMap((trail) => judgeTrail(trail, retryOf(trail.delivery.node))),
  ];
  const duplicates = trails.reduce((sum, trail) => sum + duplicatesOf(trail), 0);
  if (duplicates > allowed) {
    const detail = `${duplicates} duplicates, of which the faults explain ${allowed}`;
    violations.push({ kind: 'duplicated', message: null, node: null, detail });
  }
  return { violations, duplicates, lost: violations.filter(({ kind }) => LOST.includes(kind)).length };
}
