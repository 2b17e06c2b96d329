import type { Job, Queue } from 'bullmq';
import type { Report } from '#core';
import type { BackEnd } from './back-end.ts';
import { ENDLESS, LEAVE_NOTHING, LOCK_DURATION, LONGEST_WAIT, RETRY_DELAY } from './settings.ts';
import { superviseWorker, type SupervisedWorker } from './supervised-worker.ts';
import { within } from './within.ts';

/** The repeatable jobs. */
export type MaintenanceKind = 'sweep' | 'purge';
const KINDS: readonly MaintenanceKind[] = ['sweep', 'purge'];

/** Seconds between two ticks of each; 0: never. */
export type Schedule = Readonly<Record<MaintenanceKind, { readonly every: number }>>;

/** What each tick does. */
export type MaintenanceWork = Readonly<Record<MaintenanceKind, () => Promise<void>>>;

export interface ScheduleKeeper {
  /** Sets the schedule, and sees to it that it stays set. */
  keep(schedule: Schedule): Promise<void>;
  /** What was last set. */
  current(): Schedule | undefined;
  /** Sets it again now if it is lost. */
  assert(): Promise<void>;
  stop(): void;
}

/** BullMQ's schedulers are lost with the data of Redis, and nothing ticks any more: they are asserted at least this often, ms. */
const ASSERT_AT_LEAST = 60_000;
const ASSERT_AT_MOST = 5_000;
const PATIENCE = 5_000;

export function createScheduleKeeper(queue: Queue, report: Report): ScheduleKeeper {
  let schedule: Schedule | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function assert(): Promise<void> {
    if (!schedule) return;
    try {
      for (const kind of KINDS) {
        if (!(await within(PATIENCE, assertOne(queue, kind, schedule[kind].every, report)))) return;
      }
    } catch (error) {
      report.warn('schedule.not-asserted', { error: (error as Error).message });
    }
  }

  return {
    async keep(wanted) {
      schedule = wanted;
      clearInterval(timer);
      timer = setInterval(() => void assert(), assertInterval(wanted));
      timer.unref();
      await assert();
    },
    current: () => schedule,
    assert,
    stop: () => clearInterval(timer),
  };
}

/** As often as the sweep, so that what emptied the queue costs one sweep; but it is only a look. */
function assertInterval({ sweep }: Schedule): number {
  const interval = sweep.every > 0 ? sweep.every * 1000 : ASSERT_AT_LEAST;
  return Math.min(Math.max(interval, ASSERT_AT_MOST), ASSERT_AT_LEAST);
}

async function assertOne(queue: Queue, kind: MaintenanceKind, every: number, report: Report): Promise<void> {
  if (every <= 0) {
    if (await queue.removeJobScheduler(kind)) report.info('schedule.removed', { kind });
    return;
  }
  const interval = intervalOf(every);
  const now = Date.now();
  const found = await queue.getJobScheduler(kind);
  if (found && ticks(found, interval, now)) return;
  await queue.upsertJobScheduler(
    kind,
    { every: interval, startDate: firstTick(interval, now) },
    { name: kind, opts: LEAVE_NOTHING },
  );
  report.info('schedule.set', { kind, every });
}

/** Ms; a year is as good as never. */
function intervalOf(seconds: number): number {
  return Math.min(Math.max(Math.round(seconds * 1000), 1), 365 * 86_400_000);
}

/** Ms by which a tick may be late before its scheduler counts as lost: all workers may have been away, or busy. */
const LATE = 30_000;

/** Whether a scheduler is there, has the right interval and a tick ahead. */
export function ticks(found: { every?: number; next?: number }, interval: number, now: number): boolean {
  return found.every === interval && (found.next ?? 0) + LATE > now;
}

/**
 * The first tick comes within a second. On whole seconds, so that processes that set the schedule in the same instant agree on it, and
 * PostgreSQL sees one job, not two.
 */
function firstTick(interval: number, now: number): number {
  const grid = Math.min(interval, 1000);
  return Math.ceil(now / grid) * grid;
}

/** Runs the ticks. Each comes to one worker of the fleet; one that falls due while this process is still at the one before is skipped. */
export function consumeMaintenance(
  work: MaintenanceWork,
  backEnd: BackEnd,
  schedule: () => Schedule | undefined,
  report: Report,
): SupervisedWorker {
  const atWork = new Set<MaintenanceKind>();

  async function process(job: Job): Promise<void> {
    const kind = KINDS.find((known) => known === job.name);
    if (kind === undefined || atWork.has(kind) || schedule()?.[kind].every === 0) return;
    atWork.add(kind);
    try {
      await work[kind]();
    } catch (error) {
      // The next tick is the retry.
      report.error('maintenance.failed', { kind, error: error instanceof Error ? error.message : String(error) });
    } finally {
      atWork.delete(kind);
    }
  }

  return superviseWorker({
    queue: 'maintenance',
    report,
    open: (processor) =>
      backEnd.openWorker('maintenance', processor, {
        // One for each kind, so that a long purge holds up no sweep.
        concurrency: KINDS.length,
        lockDuration: LOCK_DURATION,
        stalledInterval: 3 * LOCK_DURATION,
        maxStalledCount: ENDLESS,
        drainDelay: LONGEST_WAIT / 1000,
        runRetryDelay: RETRY_DELAY,
      }),
    process,
  });
}
