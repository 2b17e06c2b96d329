import type { Scene } from './scene.ts';

/** Senders that send one message after the other, each until it is accepted. */
export interface Load {
  /** Ms that each call took, answered or not, in the order of their ends. */
  readonly latencies: readonly number[];
  /** Resolves when the messages that are under way are accepted. */
  stop(): Promise<void>;
}

/** Senders at work at a time, unless told. */
export const SENDERS = 8;

export interface LoadOptions {
  readonly senders?: number;
  /** Ms between two messages of a sender. */
  readonly pause?: number;
}

export function startLoad(
  { sender }: Pick<Scene, 'sender'>,
  nodes: readonly string[],
  { senders = SENDERS, pause = 0 }: LoadOptions = {},
): Load {
  const latencies: number[] = [];
  let isOver = false;
  async function sendOnAndOn(): Promise<void> {
    while (!isOver) {
      const at = performance.now();
      await sender.sendSurely(nodes);
      latencies.push(performance.now() - at);
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  const all = Promise.all(Array.from({ length: senders }, sendOnAndOn));
  // A mistake of the test is told by `stop`.
  all.catch(() => undefined);
  return {
    latencies,
    async stop() {
      isOver = true;
      await all;
    },
  };
}

/** The 99th percentile. */
export function p99(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? NaN;
}
