import type { DeliveryState } from '#core';
import type pg from 'pg';
import type { Database } from '../database.ts';
import { reuse } from '../overview/reuse.ts';
import { backlogByNode, countDelivered, countSuspects, countUndelivered, rates } from '../sql/stats.ts';

/** How the whole system stands. */
export interface Stats {
  /** Deliveries by state. Delivered ones are counted up to 100,000 and estimated above. */
  readonly deliveries: Readonly<Record<DeliveryState, number>>;
  /** Nodes with something pending, largest backlog first. */
  readonly nodes: readonly NodeBacklog[];
  /** Per second, over the last five minutes, or over the last 10,000 where these took less. */
  readonly rates: Readonly<Record<keyof typeof rates, number>>;
}

export interface NodeBacklog {
  /** A node's id. */
  readonly node: string;
  /** Deliveries pending. */
  readonly backlog: number;
  /** Seconds since the first of them fell due; 0 when none is due. */
  readonly oldestDueAge: number;
}

export interface StatsStore {
  read(): Promise<Stats>;
  /** Nodes that only timed out lately. */
  countSuspects(): Promise<number>;
}

export interface StatsStoreOptions {
  readonly database: Pick<Database, 'pool'>;
  /** Milliseconds on a clock that never jumps. */
  readonly now: () => number;
}

const MOST_COUNTED = 100_000;
const RATE_WINDOW = 300;
const MOST_RATED = 10_000;

/** Whoever asks while the figures are being read, or shortly after, gets the same ones. */
export function createStatsStore({ database: { pool }, now }: StatsStoreOptions): StatsStore {
  return {
    async countSuspects() {
      return (await pool.query<{ count: number }>(countSuspects)).rows[0]?.count ?? 0;
    },
    read: reuse(() => readStats(pool), now),
  };
}

async function readStats(pool: pg.Pool): Promise<Stats> {
  const { rows: undelivered } = await pool.query<{ state: DeliveryState; count: number }>(countUndelivered);
  const counts = {
    pending: 0,
    frozen: 0,
    cancelled: 0,
    ...Object.fromEntries(undelivered.map((row) => [row.state, row.count])),
  };
  const { rows: nodes } = await pool.query<NodeBacklog>(backlogByNode);
  const { rows: delivered } = await pool.query<{ counted: number; estimated: number }>(countDelivered, [MOST_COUNTED]);
  const others = counts.pending + counts.frozen + counts.cancelled;
  return {
    deliveries: { ...counts, delivered: deliveredOf(delivered[0], others) },
    nodes,
    rates: {
      accepted: await readRate(pool, rates.accepted),
      delivered: await readRate(pool, rates.delivered),
      frozen: await readRate(pool, rates.frozen),
    },
  };
}

function deliveredOf(row: { counted: number; estimated: number } | undefined, others: number): number {
  const { counted, estimated } = row ?? { counted: 0, estimated: 0 };
  return counted < MOST_COUNTED ? counted : Math.max(counted, Math.round(estimated - others));
}

async function readRate(pool: pg.Pool, statement: string): Promise<number> {
  const { rows } = await pool.query<{ rate: number }>(statement, [RATE_WINDOW, MOST_RATED]);
  return rows[0]?.rate ?? 0;
}
