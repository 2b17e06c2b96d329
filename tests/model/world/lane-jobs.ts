import type { Clock } from '../store/store.ts';

/** As in packages/queue, ms. */
const LOCK = 10_000;

export interface LaneJob {
  readonly id: number;
  readonly nodeId: string;
  state: 'waiting' | 'active' | 'delayed';
  /** When a delayed one is due; ms. */
  dueAt: number;
  /** Who works on an active one, and until when the queue believes it. */
  holder: string | null;
  lockedUntil: number;
}

/** What a worker holds of a job that it took. */
export interface TakenJob {
  readonly id: number;
  readonly nodeId: string;
  readonly holder: string;
}

/**
 * The lanes' queue as BullMQ keeps it under our options: one job a node, deduplicated with `keepLastIfActive` and `reschedule`, removed
 * when it ends. packages/queue's suite of behaviours shows that both back ends do this.
 */
export interface LaneJobs {
  wake(nodeIds: readonly string[]): void;
  /** The next job that a free slot gets: a delayed one that is due goes before those that wait. */
  next(): LaneJob | undefined;
  take(job: LaneJob, holder: string): TakenJob;
  /** Ends a job; when it was woken meanwhile, another one waits. False when it is no longer the holder's. */
  finish(job: TakenJob): boolean;
  /** Delays a job until `dueAt`, or sends it to the back of the line. What woke it meanwhile is kept, and swallowed for now. */
  delay(job: TakenJob, dueAt: number | 'now'): boolean;
  /** Prolongs the locks of jobs that their holder still works on. */
  renewLocks(held: Iterable<TakenJob>): void;
  /** Active jobs whose lock ran out. */
  stalled(): LaneJob[];
  giveBack(job: LaneJob): void;
  /** The one job of a node that a wake-up would meet. */
  of(nodeId: string): LaneJob | undefined;
  /** Nodes without a job that is waiting or at work. */
  unqueued(nodeIds: readonly string[]): string[];
  /** When the next delayed job is due, after now. */
  nextDue(): number | undefined;
  /** Everything is lost: jobs, keys, and what was kept for later. */
  flush(): void;
}

export function createLaneJobs(clock: Clock): LaneJobs {
  /** In the order of the line. */
  let jobs: LaneJob[] = [];
  /** The deduplication keys. */
  const keys = new Map<string, LaneJob>();
  const wokenWhileActive = new Set<string>();
  let lastId = 0;

  function add(nodeId: string): void {
    lastId += 1;
    const job: LaneJob = { id: lastId, nodeId, state: 'waiting', dueAt: 0, holder: null, lockedUntil: 0 };
    jobs.push(job);
    keys.set(nodeId, job);
  }

  function heldJob({ id, holder }: TakenJob): LaneJob | undefined {
    return jobs.find((job) => job.id === id && job.state === 'active' && job.holder === holder);
  }

  function toBackOfLine(job: LaneJob): void {
    Object.assign(job, { state: 'waiting', holder: null });
    jobs = [...jobs.filter((other) => other !== job), job];
  }

  function wakeOne(nodeId: string): void {
    const job = keys.get(nodeId);
    if (job === undefined) add(nodeId);
    else if (job.state === 'active') wokenWhileActive.add(nodeId);
    else if (job.state === 'delayed') job.dueAt = clock.now;
  }

  return {
    wake: (nodeIds) => nodeIds.forEach(wakeOne),
    next() {
      const due = jobs.find(({ state, dueAt }) => state === 'delayed' && dueAt <= clock.now);
      return due ?? jobs.find(({ state }) => state === 'waiting');
    },
    take(job, holder) {
      Object.assign(job, { state: 'active', holder, lockedUntil: clock.now + LOCK });
      return { id: job.id, nodeId: job.nodeId, holder };
    },
    finish(taken) {
      const job = heldJob(taken);
      if (job === undefined) return false;
      jobs = jobs.filter((other) => other !== job);
      if (keys.get(job.nodeId) === job) keys.delete(job.nodeId);
      if (wokenWhileActive.delete(job.nodeId)) wakeOne(job.nodeId);
      return true;
    },
    delay(taken, dueAt) {
      const job = heldJob(taken);
      if (job === undefined) return false;
      if (dueAt === 'now') toBackOfLine(job);
      else Object.assign(job, { state: 'delayed', holder: null, dueAt });
      return true;
    },
    renewLocks(held) {
      for (const taken of held) {
        const job = heldJob(taken);
        if (job !== undefined) job.lockedUntil = clock.now + LOCK;
      }
    },
    stalled: () => jobs.filter(({ state, lockedUntil }) => state === 'active' && lockedUntil < clock.now),
    giveBack: toBackOfLine,
    of: (nodeId) => keys.get(nodeId),
    unqueued: (nodeIds) =>
      nodeIds.filter((nodeId) => !jobs.some((job) => job.nodeId === nodeId && job.state !== 'delayed')),
    nextDue() {
      const later = jobs.flatMap(({ state, dueAt }) => (state === 'delayed' && dueAt > clock.now ? [dueAt] : []));
      return later.length === 0 ? undefined : Math.min(...later);
    },
    flush() {
      jobs = [];
      keys.clear();
      wokenWhileActive.clear();
    },
  };
}
