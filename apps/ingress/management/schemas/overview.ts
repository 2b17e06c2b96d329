import { z } from 'zod';
import { count, moment, momentOrNull, nodeId, page } from './fields.ts';

const MINUTES_15 = 900;
const DAYS_30 = 2_592_000;
const HOUR = 3_600;

export const seriesQuery = z.strictObject({
  node: nodeId.optional().describe('A node: its id. All of them together when left out.'),
  period: z
    .string()
    .regex(/^\d{1,7}$/, `expected whole seconds from ${MINUTES_15} to ${DAYS_30}`)
    .transform(Number)
    .pipe(z.int().min(MINUTES_15).max(DAYS_30))
    .default(HOUR)
    .describe('Seconds until now, from 15 minutes to 30 days.'),
});

const milliseconds = z.number().min(0).nullable();

const point = z.strictObject({
  at: moment,
  accepted: count.describe('Messages: from the node, where one is given.'),
  queued: count.describe('Deliveries made for the node, or for all.'),
  delivered: count.describe('Attempts that succeeded.'),
  failed: count.describe('Attempts that failed.'),
  frozen: count.describe('Deliveries that an attempt made frozen.'),
  outcomes: z.record(z.string(), count).describe('Failed attempts by outcome.'),
  median: milliseconds.describe('Milliseconds that half of the attempts did not exceed.'),
  p95: milliseconds.describe('Milliseconds that nineteen in twenty attempts did not exceed.'),
});

export const series = z.strictObject({
  from: moment.describe('The beginning of the first point.'),
  step: z.int().describe('Seconds that a point covers.'),
  points: z.array(point).describe('Oldest first; the last is still filling.'),
});

export const standingsQuery = z.strictObject(page);
export const nodePath = z.strictObject({ id: nodeId });

const health = z
  .enum(['healthy', 'failing', 'suspect', 'paused'])
  .describe('`failing`: the last attempt failed. `suspect`: attempts only time out. `paused`: on purpose.');

export const standing = z.strictObject({
  id: nodeId,
  name: z.string(),
  did: z.string().nullable(),
  url: z.string(),
  protocol: z.enum(['federated', 'webhook']),
  ordering: z.enum(['none', 'fifo']),
  health,
  working: z.boolean().describe('A worker is at it now.'),
  backlog: count.describe('Deliveries pending.'),
  oldestDueAge: z.number().min(0).describe('Seconds since the first of them fell due; 0 when none is due.'),
  frozen: count.describe('Frozen deliveries, among the newest 100,000 of all nodes.'),
  nextAttemptAt: momentOrNull.describe('When the next attempt falls, or fell, due.'),
  lastQueuedAt: momentOrNull.describe('When a message for it was last accepted.'),
  lastSuccessAt: momentOrNull,
  lastFailureAt: momentOrNull,
  failingSince: momentOrNull.describe('Since when every attempt failed.'),
  lastOutcome: z.string().nullable(),
  lastStatus: z.int().nullable(),
  lastError: z.string().nullable(),
  policy: z
    .strictObject({
      batch: z.int(),
      timeout: z.number(),
      concurrency: z.int(),
      retry: z.strictObject({ delay: z.strictObject({ fixed: z.number(), progressive: z.number() }), max: z.int() }),
    })
    .describe('How it is delivered to: the configuration with its own overrides. Seconds.'),
  day: z
    .array(z.strictObject({ at: moment, delivered: count, failed: count }))
    .describe('Attempts in each hour of the last 24 that had some.'),
});

export const standingList = z.strictObject({
  items: z.array(standing).describe('In the order of their ids.'),
  next: z.string().nullable().describe('The cursor of the next page; null on the last.'),
});

export const frozen = z.strictObject({
  total: count.describe('All frozen deliveries.'),
  groups: z
    .array(
      z.strictObject({
        node: z.string(),
        status: z.int().nullable().describe('Of the last attempt; null without an answer.'),
        error: z.string().nullable(),
        count,
        oldest: moment,
        newest: moment,
      }),
    )
    .describe('Largest first, among the newest 100,000; 500 at most.'),
});

export const attention = z.strictObject({
  items: z
    .array(
      z.strictObject({
        kind: z.enum(['no-workers', 'overdue', 'suspect', 'failing', 'frozen', 'paused', 'worker-silent']),
        severity: z.enum(['critical', 'warning', 'notice']),
        node: z.string().nullable().describe('A node: its id.'),
        worker: z.string().nullable(),
        since: momentOrNull,
        count: count.nullable().describe('Deliveries concerned.'),
        error: z.string().nullable(),
      }),
    )
    .describe('Worst first; empty when all is well.'),
});

export const fleet = z.strictObject({
  workers: z
    .array(
      z.strictObject({
        id: z.string().describe('`host:pid`'),
        version: z.string(),
        startedAt: moment,
        seenAt: moment,
        alive: z.boolean().describe('It has told of itself within the last half minute.'),
        slots: count.describe('Lanes it can work on at a time.'),
        busy: count.describe('Lanes it works on.'),
        suspects: count.describe('Of these, lanes of suspect nodes.'),
      }),
    )
    .describe('Who was heard of during the last day, the last first.'),
});
