import type { Clock, Store } from '../store/store.ts';
import type { LaneJobs } from './lane-jobs.ts';

/** What a broken build does otherwise than the real one, so that the search can be seen to find it. */
export interface Breakage {
  store?(store: Store, clock: Clock): Store;
  jobs?(jobs: LaneJobs): LaneJobs;
  /** Whether a lane looks once more after it was delayed. */
  readonly looksAgain?: boolean;
  /** Whether what is lost between database and queue is looked for. */
  readonly sweeps?: boolean;
  /** An attempt counts as a success as soon as it has begun. */
  readonly recordsBeforeAnswer?: boolean;
  /** A sender is answered, and lanes are woken, while the commit is still under way. */
  readonly answersBeforeCommit?: boolean;
}
