/** Seconds past which each kind goes; 0: it is kept. */
export interface PurgeAges {
  readonly delivered: number;
  readonly frozen: number;
  readonly log: number;
}

/** How many messages and log records went, or would go. */
export interface PurgeCounts {
  readonly delivered: number;
  readonly frozen: number;
  readonly log: number;
}

/** Removes messages whose every delivery is final and old enough for its kind; cancelled and unrouted ones count as delivered. */
export interface PurgeStore {
  /** In bounded statements, oldest first, until done; one purge at a time in the whole fleet. */
  purge(ages: PurgeAges): Promise<PurgeCounts>;
  /** What `purge` would remove. */
  count(ages: PurgeAges): Promise<PurgeCounts>;
}
