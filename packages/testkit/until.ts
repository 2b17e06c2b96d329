import { setTimeout as delay } from 'node:timers/promises';

/** Tries again and again until nothing is thrown: for states that no one tells of. The test's own time limit is the bound. */
export async function until(attempt: () => unknown): Promise<void> {
  for (;;) {
    try {
      await attempt();
      return;
    } catch {
      await delay(50);
    }
  }
}
