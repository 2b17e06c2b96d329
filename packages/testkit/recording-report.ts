import type { Facts, Report } from '#core';

export interface Reported {
  readonly level: keyof Report;
  readonly event: string;
  readonly facts: Facts;
}

/** A report that keeps what it is told, for tests that ask whether something was said. */
export interface RecordingReport extends Report {
  readonly reported: readonly Reported[];
  /** The facts of every report of an event. */
  factsOf(event: string): readonly Facts[];
  /** Resolves with the facts of an event's next report, or of one that was already made. */
  seen(event: string): Promise<Facts>;
}

export function recordingReport(): RecordingReport {
  const reported: Reported[] = [];
  const waiting: { event: string; resolve(facts: Facts): void }[] = [];
  const record =
    (level: keyof Report) =>
    (event: string, facts: Facts = {}) => {
      reported.push({ level, event, facts });
      for (const waiter of waiting.filter((one) => one.event === event)) waiter.resolve(facts);
    };
  const factsOf = (event: string) => reported.filter((one) => one.event === event).map(({ facts }) => facts);
  return {
    debug: record('debug'),
    info: record('info'),
    warn: record('warn'),
    error: record('error'),
    reported,
    factsOf,
    seen: (event) => {
      const last = factsOf(event).at(-1);
      return last ? Promise.resolve(last) : new Promise((resolve) => waiting.push({ event, resolve }));
    },
  };
}
