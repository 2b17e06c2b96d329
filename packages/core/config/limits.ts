import { LONGEST_DELAY } from '../delivery/retry-delay.ts';

/** The least and the most of a setting, both allowed. */
type Limits = readonly [from: number, to: number];

/** Shorter, and what repeats is a busy loop. Seconds. */
export const SHORTEST_INTERVAL = 0.1;
/** 20 days: timers of Node.js overflow at 24.8 and then fire at once. Seconds. */
export const LONGEST_INTERVAL = 20 * 86_400;

/** What a node's delivery settings may be, in the configuration as in the node's own overrides. Times are in seconds. */
export const POLICY_LIMITS = {
  batch: [1, 10_000],
  /** A lane waits for its attempts, so that an hour is long. */
  timeout: [SHORTEST_INTERVAL, 3_600],
  concurrency: [1, 1_000],
  /** Never 0: with `max` 0 as well, a dead node would be tried without a pause, for ever. */
  fixed: [SHORTEST_INTERVAL, LONGEST_DELAY],
  progressive: [0, LONGEST_DELAY],
  max: [0, 1_000_000],
} as const satisfies Record<string, Limits>;
