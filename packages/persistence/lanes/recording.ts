import {
  createBatcher,
  type Batcher,
  type DeliveryResult,
  type DeliveryState,
  type Recorded,
  type Report,
} from '#core';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { isPassing } from '../database-error.ts';
import { recordResults } from '../sql/record-results.ts';

/** Results that one statement serves. */
const MOST_RESULTS = 1_000;

/** How long a recording waits before it tries again, in ms: doubled up to the last. */
const RETRY_FROM = 100;
const RETRY_TO = 2_000;

export interface RecordingOptions {
  readonly pool: Pool;
  /** Milliseconds on the clock that attempts are timed by. */
  now(): number;
  readonly report: Report;
  /** Gives up recordings that still wait for the database. */
  readonly signal: AbortSignal;
}

interface RecordedRow {
  id: string;
  attempts: number;
  state: DeliveryState;
  standing: boolean;
  recalled: boolean;
}

export function createRecording(options: RecordingOptions): Batcher<DeliveryResult, Recorded | null> {
  return createBatcher({
    maxItems: MOST_RESULTS,
    concurrency: 2,
    run: (results) => recordInRounds(options, results),
  });
}

/** A statement takes one result of a delivery. Where a lease was lost there can be two at a time: the other goes into the next one. */
async function recordInRounds(
  options: RecordingOptions,
  results: readonly DeliveryResult[],
): Promise<(Recorded | null)[]> {
  const answers = new Map<DeliveryResult, Recorded | null>();
  for (let rest = results; rest.length > 0; rest = rest.filter((result) => !answers.has(result))) {
    const round = onePerDelivery(rest);
    const recorded = await recordUntilDone(options, round);
    round.forEach((result, i) => answers.set(result, recorded[i] ?? null));
  }
  return results.map((result) => answers.get(result) ?? null);
}

/** The first result of each delivery. */
function onePerDelivery(results: readonly DeliveryResult[]): readonly DeliveryResult[] {
  const seen = new Set<string>();
  const firsts = results.filter(({ delivery: { id } }) => !seen.has(id) && seen.add(id));
  return firsts.length === results.length ? results : firsts;
}

/** A lost connection is not a death: what happened is recorded when the database is back. */
async function recordUntilDone(
  options: RecordingOptions,
  results: readonly DeliveryResult[],
): Promise<(Recorded | null)[]> {
  const { report, signal } = options;
  for (let tries = 0; ; tries += 1) {
    try {
      return await record(options, results, tries > 0);
    } catch (error) {
      if (!isPassing(error) || signal.aborted) throw error;
      report.warn('results.waiting', { results: results.length, tries: tries + 1, error });
      await sleep(Math.min(RETRY_FROM * 2 ** tries, RETRY_TO), undefined, { signal });
    }
  }
}

async function record(
  { pool, now }: RecordingOptions,
  results: readonly DeliveryResult[],
  isRepeat: boolean,
): Promise<(Recorded | null)[]> {
  const { rows } = await pool.query<RecordedRow>({
    name: 'record-results',
    text: recordResults,
    values: [...columnsOf(results, now()), isRepeat],
  });
  const byId = new Map(rows.map((row) => [row.id, row]));
  return results.map(({ delivery, lease }) => {
    const row = byId.get(delivery.id);
    if (row === undefined) return null;
    if (!row.standing) lease.coveredUntil = 0;
    return { state: row.state, attempts: row.attempts, standing: row.standing, recalled: row.recalled };
  });
}

/** The parameters of `recordResults` but the last; `now` is in ms on the clock that the attempts were timed by. */
function columnsOf(results: readonly DeliveryResult[], now: number): unknown[] {
  const attempts = results.map(({ attempt }) => attempt);
  return [
    results.map(({ delivery }) => delivery.id),
    results.map(({ lease }) => lease.nodeId),
    results.map(({ lease }) => lease.token),
    results.map(({ decision }) => decision.state),
    results.map(({ decision }) => (decision.state === 'pending' ? decision.delay : 0)),
    results.map(({ decision }) => (decision.state === 'frozen' ? decision.reason : null)),
    attempts.map((attempt) => attempt !== null),
    results.map(({ delivery }) => delivery.attempts),
    attempts.map((attempt) => (attempt === null ? 0 : (now - attempt.endedAt) / 1000)),
    attempts.map((attempt) => (attempt === null ? 0 : Math.ceil(attempt.duration))),
    attempts.map((attempt) => attempt?.status ?? null),
    attempts.map((attempt) => attempt?.outcome ?? null),
    attempts.map((attempt) => attempt?.error ?? null),
    attempts.map((attempt) => attempt?.body ?? null),
  ];
}
