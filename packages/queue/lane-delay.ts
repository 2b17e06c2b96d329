/** Thrown to BullMQ when a lane has more to do later: its backoff strategy reads the delay. Its message is what the dashboard shows. */
export class LaneLater extends Error {
  readonly seconds: number;

  constructor(seconds: number) {
    super(`due again in ${seconds} s`);
    this.seconds = seconds;
  }
}

/** A lane that has nothing sooner looks at least this often, ms. Whatever wakes it does so at once. */
const LONGEST_DELAY = 30 * 86_400_000;

/** After an end that says nothing about due times, such as a connection lost while the job was being finished, ms. */
const AFTER_FAULT = 1_000;

/**
 * The delay of a lane's job after a run, in ms; 0: the back of the line at once. BullMQ calls it with whatever was thrown, and is stuck or
 * loops if it throws, is negative, broken or no whole number, so it never is.
 */
export function laneDelay(thrown: unknown): number {
  if (!(thrown instanceof LaneLater) || Number.isNaN(thrown.seconds)) return AFTER_FAULT;
  // Rounded up: a lane that comes a fraction early finds nothing due and has to come again.
  return Math.min(Math.max(Math.ceil(thrown.seconds * 1000), 0), LONGEST_DELAY);
}

/** Seconds after which a lane is tried again when its run threw for the n-th time in a row: 1, 2, 4, 8, then 15. */
export function delayAfterFailure(n: number): number {
  return Math.min(2 ** (n - 1), 15);
}
