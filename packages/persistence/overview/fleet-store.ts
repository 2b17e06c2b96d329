import type { Database } from '../database.ts';
import { beat, leave, listFleet } from '../sql/overview.ts';

/** What a process that delivers tells of itself. */
export interface WorkerPulse {
  /** `host:pid`, as in leases. */
  readonly id: string;
  readonly version: string;
  /** Lanes it can work on at a time. */
  readonly slots: number;
  /** Lanes it works on, and those of suspect nodes among them. */
  readonly busy: number;
  readonly suspects: number;
}

export interface FleetMember extends WorkerPulse {
  readonly startedAt: Date;
  readonly seenAt: Date;
  /** It has told of itself within the last half minute. */
  readonly alive: boolean;
}

export interface FleetStore {
  beat(pulse: WorkerPulse): Promise<void>;
  /** Takes a worker off the list that ends in good order. */
  leave(id: string): Promise<void>;
  /** Who was heard of during the last day, the last first: one that died is shown as such. */
  list(): Promise<readonly FleetMember[]>;
}

/** Seconds between pulses is 5: several must be missed. */
const SILENT = 30;

export function createFleetStore({ pool }: Pick<Database, 'pool'>): FleetStore {
  return {
    async beat({ id, version, slots, busy, suspects }) {
      await pool.query(beat, [id, version, slots, busy, suspects]);
    },
    async leave(id) {
      await pool.query(leave, [id]);
    },
    async list() {
      const { rows } = await pool.query<Omit<FleetMember, 'alive'> & { silent: number }>(listFleet);
      return rows.map(({ silent, ...member }) => ({ ...member, alive: silent < SILENT }));
    },
  };
}
