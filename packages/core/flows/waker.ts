import type { Report } from './report.ts';

/** Wakes the lanes of nodes, at some time after now. */
export interface Waker {
  /** Returns at once: what one turn of the event loop asks for is woken together in a later one, each node once. */
  later(nodes: readonly string[]): void;
  /** Resolves when nothing is left to wake. */
  idle(): Promise<void>;
}

/**
 * Gathers the nodes to wake while the last wake is under way, so that a busy ingress wakes a node once, not once a message. A wake-up is
 * a hint: one that fails is reported, and the sweep finds the work.
 * @param wake Must end by itself within a bounded time: what comes meanwhile waits for it.
 */
export function createWaker(wake: (nodes: readonly string[]) => Promise<void>, report: Report): Waker {
  const waiting = new Set<string>();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    // After the answers of this turn are on their way.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.size > 0) {
      const nodes = [...waiting];
      waiting.clear();
      try {
        await wake(nodes);
      } catch (error) {
        report.warn('wake.failed', { nodes: nodes.length, error });
      }
    }
    running = undefined;
  }

  return {
    later(nodes) {
      for (const node of nodes) waiting.add(node);
      if (waiting.size > 0) running ??= run();
    },
    async idle() {
      await running;
    },
  };
}
