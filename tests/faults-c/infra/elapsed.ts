import { setTimeout as sleep } from 'node:timers/promises';

/** Seconds since a moment on the clock of `performance.now()`. */
export function secondsSince(at: number): number {
  return (performance.now() - at) / 1000;
}

/** Lets a fault last so many ms from a moment on the clock of `performance.now()`: how long it lasts is part of the fault. */
export async function lastUntil(moment: number): Promise<void> {
  const left = moment - performance.now();
  if (left > 0) await sleep(left);
}
