import type { Report } from '#core';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPassing } from './database-error.ts';
import { migrate } from './migrate.ts';

/** Ms between two tries to reach a database that is still starting, and how many are made. */
const PAUSE = 1_000;
const MOST_TRIES = 60;

export interface PrepareOptions {
  /** `postgres://…` */
  readonly url: string;
  readonly report: Report;
  /** Gives up waiting. */
  readonly signal: AbortSignal;
}

/** Waits up to a minute for a database that is still starting, and applies the migrations it lacks. */
export async function prepareDatabase({ url, report, signal }: PrepareOptions): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      const applied = await migrate(url);
      if (applied.length > 0) report.info('database.migrated', { migrations: applied });
      return;
    } catch (error) {
      if (!isPassing(error) || tries === MOST_TRIES) throw error;
      report.warn('database.waiting', { tries, error });
      await sleep(PAUSE, undefined, { signal });
    }
  }
}
