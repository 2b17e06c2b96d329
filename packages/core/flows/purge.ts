import type { PurgeAges, PurgeCounts, PurgeStore } from '../retention/purge.ts';
import type { Report } from './report.ts';

export interface PurgeOptions {
  store: PurgeStore;
  ages: PurgeAges;
  /** Keeps the record of what went. */
  log(entry: { actor: string; action: string; detail: Record<string, unknown> }): Promise<void>;
  report: Report;
  onPurged(counts: PurgeCounts): void;
}

export interface Purge {
  /** Removes what is old enough. `actor` is who asked: `schedule`, or a user. */
  run(actor: string): Promise<PurgeCounts>;
  /** Counts what `run` would remove. */
  count(): Promise<PurgeCounts>;
}

export function createPurge({ store, ages, log, report, onPurged }: PurgeOptions): Purge {
  return {
    async run(actor) {
      const counts = await store.purge(ages);
      report.info('purge.finished', { actor, ...counts });
      onPurged(counts);
      if (counts.delivered + counts.frozen + counts.log > 0) {
        await log({ actor, action: 'purge.finished', detail: { ...counts } });
      }
      return counts;
    },
    count: () => store.count(ages),
  };
}
