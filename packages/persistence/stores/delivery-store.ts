import type { DeliveryState } from '#core';
import type pg from 'pg';
import type { Database } from '../database.ts';
import {
  changeChunk,
  changeNamed,
  countChanging,
  countNamed,
  type ChangeLog,
  type ChunkRow,
  type DeliveryChange,
  type NamedRow,
} from '../sql/change-deliveries.ts';
import { deliveryColumns } from '../sql/delivery-columns.ts';
import { createParameters } from '../sql/parameters.ts';
import { matchingDeliveries, type DeliveryFilter } from '../sql/matching-deliveries.ts';
import { pageOf, type Page, type PageRequest } from './page.ts';

export type { DeliveryFilter };

/** A delivery as it is shown. */
export interface DeliveryView {
  readonly id: string;
  /** A node's id. */
  readonly node: string;
  readonly state: DeliveryState;
  /** Attempts made, over all budgets. */
  readonly attempts: number;
  readonly dueAt: Date | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly deliveredAt: Date | null;
  readonly frozenAt: Date | null;
}

export interface ListedDelivery extends DeliveryView {
  /** A message's id. */
  readonly message: string;
}

/** Which deliveries to change: named ones, or all that a filter matches. */
export type Selection = { readonly ids: readonly string[] } | { readonly filter: DeliveryFilter };

export type ChangeOutcome =
  | {
      readonly count: number;
      /** The nodes whose deliveries changed; empty when they were only counted. */
      readonly nodes: readonly string[];
    }
  /** Nothing was changed: no delivery has these ids; a purge may have removed it. */
  | { readonly missing: readonly string[] }
  /** Nothing was changed: the nodes of these deliveries were deleted. */
  | { readonly orphaned: readonly string[] };

export interface ChangeOptions {
  readonly actor: string;
  /** Only counts what would change. */
  readonly dryRun: boolean;
}

export interface DeliveryStore {
  list(filter: DeliveryFilter, page: PageRequest): Promise<Page<ListedDelivery>>;
  /** Makes frozen deliveries, and delivered ones if asked to, pending again: due now, with a fresh budget. */
  replay(selection: Selection, options: ChangeOptions & { readonly includeDelivered: boolean }): Promise<ChangeOutcome>;
  /** Cancels pending and frozen deliveries. An attempt that is under way ends and is recorded. */
  cancel(selection: Selection, options: ChangeOptions): Promise<ChangeOutcome>;
}

/** Deliveries that one statement changes: a tenth of a second's work. */
const CHUNK = 5_000;

export function createDeliveryStore({ pool }: Pick<Database, 'pool'>): DeliveryStore {
  return {
    async list(filter, { limit, after }) {
      const p = createParameters();
      const columns = `${deliveryColumns}, d.message_id AS message`;
      const options = { columns, order: 'DESC', after: after?.[0] ?? null, limit: limit + 1 } as const;
      const { rows } = await pool.query<ListedDelivery>(matchingDeliveries(p, filter, options), [...p.values]);
      return pageOf(rows, limit, ({ id }) => [id]);
    },
    replay(selection, { actor, dryRun, includeDelivered }) {
      const change: DeliveryChange = { from: includeDelivered ? ['frozen', 'delivered'] : ['frozen'], to: 'pending' };
      const log = { actor, action: 'deliveries.replayed', detail: detailOf(selection) };
      return dryRun ? count(pool, selection, change) : apply(pool, selection, change, log);
    },
    cancel(selection, { actor, dryRun }) {
      const change: DeliveryChange = { from: ['pending', 'frozen'], to: 'cancelled' };
      const log = { actor, action: 'deliveries.cancelled', detail: detailOf(selection) };
      return dryRun ? count(pool, selection, change) : apply(pool, selection, change, log);
    },
  };
}

/** Cancels what is pending for a node, in bounded statements. */
export async function cancelPendingOf(pool: pg.Pool, nodeId: string, actor: string): Promise<void> {
  const log = { actor, action: 'deliveries.cancelled', detail: { reason: 'the node was deleted' } };
  await applyToMatching(pool, { node: nodeId }, { from: ['pending'], to: 'cancelled' }, log);
}

function apply(pool: pg.Pool, selection: Selection, change: DeliveryChange, log: ChangeLog): Promise<ChangeOutcome> {
  return 'ids' in selection
    ? runNamed(pool, changeNamed(selection.ids, change, log))
    : applyToMatching(pool, selection.filter, change, log);
}

async function count(pool: pg.Pool, selection: Selection, change: DeliveryChange): Promise<ChangeOutcome> {
  if ('ids' in selection) return runNamed(pool, countNamed(selection.ids, change));
  const row = await queryOne<{ count: number }>(pool, countChanging(selection.filter, change));
  return { count: row.count, nodes: [] };
}

async function runNamed(pool: pg.Pool, statement: Statement): Promise<ChangeOutcome> {
  const { missing, orphaned, changed, nodes } = await queryOne<NamedRow>(pool, statement);
  if (missing.length > 0) return { missing };
  return orphaned.length > 0 ? { orphaned } : { count: changed, nodes };
}

async function applyToMatching(pool: pg.Pool, filter: DeliveryFilter, change: DeliveryChange, log: ChangeLog) {
  const nodes = new Set<string>();
  let count = 0;
  let after: string | null = null;
  for (;;) {
    const chunk: ChunkRow = await queryOne(pool, changeChunk(filter, change, { after, limit: CHUNK }, log));
    count += chunk.changed;
    for (const node of chunk.nodes) nodes.add(node);
    if (chunk.seen < CHUNK) return { count, nodes: [...nodes] };
    after = chunk.last;
  }
}

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** SQLSTATE of a statement that PostgreSQL ended since it and another waited for each other. It did nothing. */
const DEADLOCK = '40P01';
const MOST_TRIES = 5;

/** Runs a statement that answers one row; again when it lost a deadlock with a lane that recorded the same deliveries. */
async function queryOne<Row extends pg.QueryResultRow>(pool: pg.Pool, { text, values }: Statement): Promise<Row> {
  for (let tries = 1; ; tries += 1) {
    try {
      const { rows } = await pool.query<Row>(text, [...values]);
      const [row] = rows;
      if (row === undefined) throw new Error('expected a row, got none');
      return row;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === DEADLOCK) || tries === MOST_TRIES) throw error;
    }
  }
}

/** What a log record tells of a selection. */
function detailOf(selection: Selection): Readonly<Record<string, unknown>> {
  return 'ids' in selection ? { ids: selection.ids.slice(0, 100) } : { filter: selection.filter };
}
