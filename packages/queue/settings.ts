// What BullMQ is set to, and why. Measured with BullMQ 6.7 on both back ends; times in ms.

/** BullMQ's default lets a killed worker's job run again after 61 s; so it is 10 to 15 s. */
export const LOCK_DURATION = 10_000;
export const STALLED_INTERVAL = 5_000;

/**
 * At the second kill BullMQ's default fails a job for good, and a job out of attempts is failed too. A lane is never failed: its rows say
 * what becomes of them. The largest number that PostgreSQL's integer holds.
 */
export const ENDLESS = 2 ** 31 - 1;

/** The longest a worker waits for news from the queue before it looks again by itself: what a lost notification costs. */
export const LONGEST_WAIT = 10_000;

/** BullMQ's default of 15 s would be all the time there is to be back after a restart of PostgreSQL. */
export const RETRY_DELAY = 1_000;

/** Nobody reads BullMQ's event stream, and it can't be switched off: kept short. 0 would keep everything. */
export const EVENTS_KEPT = 100;

/** A lane's job and its deduplication key must leave nothing that holds the next one back. */
export const LEAVE_NOTHING = { removeOnComplete: true, removeOnFail: true } as const;

export const QUEUES = { lanes: 'lanes', maintenance: 'maintenance' } as const;
export type QueueName = keyof typeof QUEUES;
