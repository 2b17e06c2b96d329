import type { Report } from '#core';
import type pg from 'pg';
import { addTallies, updateStandings } from '../sql/write-tallies.ts';
import { createTallySheet, type CountedAttempt, type TallySheet } from './tally-sheet.ts';

export interface TallyWriterOptions {
  readonly pool: pg.Pool;
  readonly report: Report;
  /** Milliseconds on a clock that never jumps. */
  now(): number;
  /** Seconds between two writes. */
  readonly every?: number;
}

/** Counts what happens, for charts, and writes the sums every few seconds: what is counted waits for nothing. */
export interface TallyWriter {
  /** Messages from a node, and the nodes that get each. */
  accepted(origin: string, receivers: readonly string[]): void;
  attempted(attempt: CountedAttempt): void;
  /** Writes what was counted so far. Rejects when the database did not take it; the counts are kept for the next time. */
  flush(): Promise<void>;
  /** Writes once more, and no longer. Twice is as good as once. */
  stop(): Promise<void>;
}

const EVERY = 3;

/** A pause is so many times as long as the write before it: charts never cost more than a fiftieth of a connection. */
const REST = 49;

/** Rows of one statement. */
const MOST_ROWS = 5_000;

export function createTallyWriter({ pool, report, now, every = EVERY }: TallyWriterOptions): TallyWriter {
  let sheet = createTallySheet(now);
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    if (sheet.isEmpty()) return;
    const full = sheet;
    sheet = createTallySheet(now);
    try {
      await writeSheet(pool, full, now());
    } catch (error) {
      full.add(sheet);
      sheet = full;
      throw error;
    }
  }
  function flush(): Promise<void> {
    const next = writing.then(write);
    writing = next.catch(() => undefined);
    return next;
  }
  const onFailure = (error: unknown) => report.warn('tallies.unwritten', { error });
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function writeAndRest(): Promise<void> {
    const start = now();
    await flush().catch(onFailure);
    if (!stopped) writeLater(Math.max(every * 1_000, (now() - start) * REST));
  }
  function writeLater(ms: number): void {
    timer = setTimeout(() => void writeAndRest(), ms);
    timer.unref();
  }
  writeLater(every * 1_000);

  return {
    accepted: (origin, receivers) => sheet.accepted(origin, receivers),
    attempted: (attempt) => sheet.attempted(attempt),
    flush,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await flush().catch(onFailure);
    },
  };
}

/** All or nothing, so that what is kept for the next time was not written already. */
async function writeSheet(pool: pg.Pool, sheet: TallySheet, now: number): Promise<void> {
  const client = await pool.connect();
  let broken = false;
  try {
    await client.query('BEGIN');
    for (const rows of chunks(sheet.tallies())) {
      await client.query(addTallies, [
        rows.map(({ nodeId }) => nodeId),
        rows.map(({ kind }) => kind),
        rows.map(({ count }) => count),
        rows.map(({ duration }) => Math.round(duration)),
        rows.map(({ bins }) => `{${bins.join(',')}}`),
      ]);
    }
    const ago = (moment: number | null) => (moment === null ? null : (now - moment) / 1_000);
    for (const rows of chunks(sheet.standings())) {
      await client.query(updateStandings, [
        rows.map(({ nodeId }) => nodeId),
        rows.map(({ queued }) => ago(queued)),
        rows.map(({ success }) => ago(success)),
        rows.map(({ failure }) => ago(failure)),
        rows.map(({ failing }) => ago(failing)),
        rows.map(({ last }) => last?.outcome ?? null),
        rows.map(({ last }) => last?.status ?? null),
        rows.map(({ last }) => last?.error ?? null),
      ]);
    }
    await client.query('COMMIT');
  } catch (error) {
    broken = true;
    throw error;
  } finally {
    // A transaction that failed half-way goes with its connection: the server rolls it back.
    client.release(broken);
  }
}

/** In one order for all who write, across the chunks too. */
function chunks<Row extends { readonly nodeId: string }>(rows: readonly Row[]): Row[][] {
  const sorted = rows.toSorted((a, b) => (a.nodeId < b.nodeId ? -1 : Number(a.nodeId > b.nodeId)));
  const count = Math.ceil(sorted.length / MOST_ROWS);
  return Array.from({ length: count }, (_, i) => sorted.slice(i * MOST_ROWS, (i + 1) * MOST_ROWS));
}
