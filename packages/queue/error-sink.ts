import type { Report } from '#core';

/** Ms in which the same error is told once. */
const QUIET = 10_000;

/** Takes errors that come in floods, since what is broken is tried many times a second: each kind is reported once in 10 s, with how many there were. */
export function createErrorSink(report: Report, event: string, facts: Record<string, unknown>): (error: Error) => void {
  const last = new Map<string, { at: number; unreported: number }>();
  return (error) => {
    const kind = `${(error as NodeJS.ErrnoException).code ?? ''} ${error.message}`;
    const known = last.get(kind);
    const now = performance.now();
    if (known && now - known.at < QUIET) {
      known.unreported += 1;
      return;
    }
    for (const [other, { at }] of last) if (now - at >= QUIET) last.delete(other);
    last.set(kind, { at: now, unreported: 0 });
    report.warn(event, {
      ...facts,
      error: kind.trim(),
      ...(known && known.unreported > 0 && { repeated: known.unreported }),
    });
  };
}
