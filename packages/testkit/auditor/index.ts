export type * from './evidence.ts';
export type { RetryRule } from './judge-trail.ts';
export { judge, type Rules, type Verdict } from './judge.ts';
export { readFinalState } from './read-final-state.ts';
export type { Violation, ViolationKind } from './violation.ts';
