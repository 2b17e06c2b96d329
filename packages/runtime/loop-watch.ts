import type { Logger } from './logger.ts';

/** Ms between two looks, and how late one may come before it is worth a line. */
const INTERVAL = 1_000;
const MOST_LATE = 2_000;

export interface LoopWatch {
  /** To be called every `interval` ms. */
  look(): void;
  readonly interval: number;
}

/**
 * Tells of an event loop that stood still, because something in it computed for long or because the whole process was stopped: timers
 * come late then, leases run out, and what others see of this process has no other explanation.
 * @param now Milliseconds on a clock that never jumps and goes on while the process stands still.
 */
export function createLoopWatch(log: Pick<Logger, 'warn'>, now: () => number): LoopWatch {
  let last = now();
  return {
    interval: INTERVAL,
    look() {
      const late = now() - last - INTERVAL;
      last += late + INTERVAL;
      if (late >= MOST_LATE) log.warn('process.stood-still', { seconds: Math.round(late / 100) / 10 });
    },
  };
}
