import { VERSION, type Report } from '#core';
import type { FleetStore } from '#persistence';

/** Ms between two pulses; who misses six of them is shown as gone. */
const EVERY = 5_000;

export interface PulseOptions {
  /** `host:pid` */
  readonly id: string;
  /** Lanes this process can work on at a time. */
  readonly slots: number;
  busy(): { readonly lanes: number; readonly suspects: number };
  readonly store: Pick<FleetStore, 'beat' | 'leave'>;
  readonly report: Report;
}

/** Tells the fleet that this process is there, and how busy. Only people look at it: what is delivered by whom depends on leases alone. */
export function keepPulse({ id, slots, busy, store, report }: PulseOptions): { stop(): Promise<void> } {
  let last: Promise<void> = Promise.resolve();
  function beat(): void {
    const { lanes, suspects } = busy();
    last = last
      .then(() => store.beat({ id, version: VERSION, slots, busy: lanes, suspects }))
      .catch((error: unknown) => report.warn('pulse.unwritten', { error }));
  }
  beat();
  const timer = setInterval(beat, EVERY);

  return {
    async stop() {
      clearInterval(timer);
      await last;
      await store.leave(id).catch((error: unknown) => report.warn('pulse.unwritten', { error }));
    },
  };
}
