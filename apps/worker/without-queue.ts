import type { DueNode, Report, RunLane } from '#core';
import { setTimeout as sleep } from 'node:timers/promises';

/** Ms between two looks for due lanes. */
const PAUSE = 1_000;

export interface WithoutQueueOptions {
  readonly concurrency: number;
  run: RunLane;
  dueNodes(): Promise<readonly DueNode[]>;
  readonly report: Report;
}

/** Works on due lanes while the queue is away: losing it slows us down and stops nothing. */
export interface WithoutQueue {
  start(): void;
  /** Resolves when no lane is at work here any more. */
  stop(): Promise<void>;
  readonly busy: number;
}

export function createWithoutQueue({ concurrency, run, dueNodes, report }: WithoutQueueOptions): WithoutQueue {
  const atWork = new Map<string, Promise<void>>();
  let stopping = new AbortController();
  let looking: Promise<void> | undefined;

  async function look(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for (const { nodeId } of await dueNodes()) {
          if (atWork.size >= concurrency) break;
          if (!atWork.has(nodeId)) work(nodeId, signal);
        }
      } catch (error) {
        report.warn('lanes.not-found', { error });
      }
      await sleep(PAUSE, undefined, { signal }).catch(() => undefined);
    }
    await Promise.all(atWork.values());
  }

  function work(nodeId: string, signal: AbortSignal): void {
    const running = run(nodeId, signal)
      .then(() => undefined)
      .catch((error: unknown) => report.error('lane.failed', { nodeId, error }))
      .finally(() => atWork.delete(nodeId));
    atWork.set(nodeId, running);
  }

  return {
    start() {
      if (looking !== undefined) return;
      stopping = new AbortController();
      looking = look(stopping.signal);
    },
    async stop() {
      stopping.abort();
      await looking;
      looking = undefined;
    },
    get busy() {
      return atWork.size;
    },
  };
}
