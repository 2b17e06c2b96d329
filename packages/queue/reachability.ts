import type { Report } from '#core';
import { within } from './within.ts';

/** Whether the queue answers. */
export interface Reachability {
  /** What the last look said. */
  isReachable(): boolean;
  /** Told once when the queue has not answered for 10 s. */
  onUnreachable(listener: () => void): void;
  /** Told once when it answers again after that. */
  onReachable(listener: () => void): void;
  /** Looks now instead of later: there is reason to think that something has changed. */
  look(): void;
  stop(): void;
}

/** Ms between two looks while all is well; while it is not; that one look may take; and after which silence is an outage. */
const INTERVAL = 5_000;
const INTERVAL_WHEN_DOWN = 1_000;
const PATIENCE = 3_000;
const OUTAGE = 10_000;

/** Looks at once, and then again and again, whether the queue answers. One cheap request every 5 s. */
export async function watchReachability(
  probe: () => Promise<unknown>,
  name: string,
  report: Report,
): Promise<Reachability> {
  const listeners = { unreachable: [] as (() => void)[], reachable: [] as (() => void)[] };
  let silentSince: number | undefined;
  let isOutage = false;
  let lastError: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function update(answered: boolean): void {
    const now = performance.now();
    if (answered) {
      silentSince = undefined;
      if (isOutage) change(false);
      return;
    }
    silentSince ??= now;
    if (!isOutage && now - silentSince >= OUTAGE) change(true);
  }

  function change(outage: boolean): void {
    isOutage = outage;
    if (outage) report.error('queue.unreachable', { backEnd: name, error: lastError });
    else report.info('queue.reachable', { backEnd: name });
    for (const listener of outage ? listeners.unreachable : listeners.reachable) listener();
  }

  /** Never rejects: why it failed is told once it is an outage. */
  async function answers(): Promise<boolean> {
    try {
      const answered = await within(PATIENCE, probe());
      if (!answered) lastError = `no answer within ${PATIENCE} ms`;
      return answered;
    } catch (error) {
      lastError = error instanceof Error ? error.message : String(error);
      return false;
    }
  }

  async function look(): Promise<void> {
    clearTimeout(timer);
    update(await answers());
    if (stopped) return;
    clearTimeout(timer);
    timer = setTimeout(() => void look(), silentSince === undefined ? INTERVAL : INTERVAL_WHEN_DOWN);
    timer.unref();
  }

  await look();
  return {
    isReachable: () => silentSince === undefined,
    onUnreachable: (listener) => void listeners.unreachable.push(listener),
    onReachable: (listener) => void listeners.reachable.push(listener),
    look: () => void look(),
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
