import type { AttemptOutcome, Ordering, PolicyOverrides, Protocol } from '#core';
import type { Database } from '../database.ts';
import {
  dayOfNodes,
  findStanding,
  frozenGroups,
  listStandings,
  present,
  readStamp,
  readTallies,
  troubledStandings,
} from '../sql/overview.ts';
import { pageOf, type Page, type PageRequest } from '../stores/page.ts';
import { reuse } from './reuse.ts';
import { resolutionOf, seriesOf, type Series, type TallyRow } from './series.ts';

export type { Series, SeriesPoint } from './series.ts';

/** A node, and how it was last heard of. */
export interface NodeStanding {
  readonly id: string;
  readonly name: string;
  readonly did: string | null;
  readonly url: string;
  readonly protocol: Protocol;
  readonly ordering: Ordering;
  readonly paused: boolean;
  readonly policy: PolicyOverrides;
  /** Its last wave of attempts timed out, and none was answered since. */
  readonly suspect: boolean;
  /** A worker is at it now. */
  readonly working: boolean;
  readonly lastQueuedAt: Date | null;
  readonly lastSuccessAt: Date | null;
  readonly lastFailureAt: Date | null;
  /** Since when every attempt failed; null while the last one succeeded. */
  readonly failingSince: Date | null;
  readonly lastOutcome: AttemptOutcome | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  /** When the next attempt falls, or fell, due; null with nothing pending. */
  readonly nextAttemptAt: Date | null;
}

/** Attempts to a node in an hour. */
export interface NodeHour {
  readonly at: Date;
  readonly delivered: number;
  readonly failed: number;
}

/** Deliveries frozen at one node for one reason. */
export interface FrozenGroup {
  readonly node: string;
  readonly status: number | null;
  readonly error: string | null;
  readonly count: number;
  readonly oldest: Date;
  readonly newest: Date;
}

/** Moves on with what happens. */
export interface Stamp {
  /** The newest log record. */
  readonly log: string;
  /** The newest one of this minute that tells of deliveries frozen, replayed or cancelled; 0 without one. */
  readonly frozen: string;
  /** What was tallied lately, by kind. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface OverviewStore {
  /**
   * @param node A node's id; null for all nodes together.
   * @param period Seconds until now.
   */
  series(node: string | null, period: number): Promise<Series>;
  /** In the order of their ids. */
  listNodes(page: PageRequest): Promise<Page<NodeStanding>>;
  findNode(id: string): Promise<NodeStanding | null>;
  /** The nodes that are paused, suspect or failing; what failed longest first, 500 at most. */
  troubled(): Promise<readonly NodeStanding[]>;
  /** The last 24 hours of nodes, by node. */
  days(nodes: readonly string[]): Promise<ReadonlyMap<string, readonly NodeHour[]>>;
  /** The largest first, among the newest 100,000 frozen deliveries, 500 at most. */
  frozen(): Promise<readonly FrozenGroup[]>;
  stamp(): Promise<Stamp>;
}

const MOST_FROZEN = 100_000;
const MOST_GROUPS = 500;
const MOST_TROUBLED = 500;

export interface OverviewStoreOptions {
  readonly database: Pick<Database, 'pool'>;
  /** Milliseconds on a clock that never jumps. */
  now(): number;
}

export function createOverviewStore({ database: { pool }, now }: OverviewStoreOptions): OverviewStore {
  async function readFrozen(): Promise<readonly FrozenGroup[]> {
    return (await pool.query<FrozenGroup>(frozenGroups, [MOST_FROZEN, MOST_GROUPS])).rows;
  }
  return {
    async series(node, period) {
      const { step, width } = resolutionOf(period);
      const { rows: tallies } = await pool.query<TallyRow>(readTallies, [width, node ?? '', period, step]);
      const { rows: clock } = await pool.query<{ now: Date }>(present);
      return seriesOf(tallies, { period, step, now: clock[0]?.now ?? new Date() });
    },
    async listNodes({ limit, after }) {
      const { rows } = await pool.query<NodeStanding>(listStandings, [after?.[0] ?? '', limit + 1]);
      return pageOf(rows, limit, ({ id }) => [id]);
    },
    async findNode(id) {
      return (await pool.query<NodeStanding>(findStanding, [id])).rows[0] ?? null;
    },
    async troubled() {
      return (await pool.query<NodeStanding>(troubledStandings, [MOST_TROUBLED])).rows;
    },
    async days(nodes) {
      const { rows } = await pool.query<DayRow>(dayOfNodes, [nodes]);
      return byNode(rows);
    },
    frozen: reuse(readFrozen, now),
    async stamp() {
      const [stamp] = (await pool.query<Stamp>(readStamp)).rows;
      if (stamp === undefined) throw new Error('expected a row, got none');
      return stamp;
    },
  };
}

interface DayRow {
  readonly node: string;
  readonly at: Date;
  readonly delivered: number | null;
  readonly failed: number | null;
}

function byNode(rows: readonly DayRow[]): ReadonlyMap<string, readonly NodeHour[]> {
  const days = new Map<string, NodeHour[]>();
  for (const { node, at, delivered, failed } of rows) {
    const hours = days.get(node) ?? [];
    hours.push({ at, delivered: delivered ?? 0, failed: failed ?? 0 });
    days.set(node, hours);
  }
  return days;
}
