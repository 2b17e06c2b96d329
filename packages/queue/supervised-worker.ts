import { setTimeout as delay } from 'node:timers/promises';
import { WaitingError, type Job, type Processor, type Worker } from 'bullmq';
import type { Report } from '#core';
import { createErrorSink } from './error-sink.ts';
import { within } from './within.ts';

/** A BullMQ worker that is opened again when it ends, and that ends in bounded time when it is told to. */
export interface SupervisedWorker {
  /** Whether it takes jobs. */
  isRunning(): boolean;
  /** Jobs that it works on now. */
  activeCount(): number;
  /**
   * Takes no more jobs and waits for those under way. `signal` bounds the wait: when it aborts, so do the signals of the jobs, which then
   * have 5 s; a job still not ended is left to the stalled check of others.
   */
  close(signal?: AbortSignal): Promise<void>;
}

export interface SupervisedWorkerOptions {
  /** Told in logs. */
  readonly queue: string;
  readonly report: Report;
  /** Opens a worker that is not running yet. */
  open(processor: Processor): Worker;
  process(job: Job, signal: AbortSignal): Promise<void>;
}

/** Ms before a worker that could not start or has ended is opened again. */
const REOPEN_DELAY = 1_000;
/** Ms for jobs to end once aborted, and for a worker to close once its jobs have ended: a server that is away must not hold us. */
const PATIENCE = 5_000;

export function superviseWorker({ queue, report, open, process }: SupervisedWorkerOptions): SupervisedWorker {
  const active = new Set<Promise<void>>();
  const onError = createErrorSink(report, 'queue.error', { queue, role: 'worker' });
  let worker: Worker | undefined;
  let closing: Promise<void> | undefined;

  // BullMQ hands over a signal to functions of three parameters only.
  const processor = async (job: Job, token: string | undefined, signal: AbortSignal | undefined): Promise<void> => {
    if (closing) await giveBack(job, token);
    const work = process(job, signal ?? new AbortController().signal);
    active.add(work);
    try {
      await work;
    } finally {
      active.delete(work);
    }
  };

  /** Runs one worker to its end. One that failed to connect to PostgreSQL at its start stays failed, hence a new one each time. */
  async function runOnce(): Promise<void> {
    worker = open(processor as Processor);
    worker.on('error', onError);
    worker.on('stalled', (jobId) => report.warn('queue.job-stalled', { queue, jobId }));
    try {
      await worker.waitUntilReady();
      await worker.run();
    } catch (error) {
      onError(error as Error);
    }
    if (closing) return;
    await within(PATIENCE, worker.close(true));
    await delay(REOPEN_DELAY, undefined, { ref: false });
  }

  async function keepRunning(): Promise<void> {
    while (!closing) await runOnce();
  }

  async function close(signal: AbortSignal | undefined): Promise<void> {
    const ended = (worker?.close() ?? Promise.resolve()).catch(onError);
    await Promise.race([ended, hangs(active), aborts(signal)]);
    if (signal?.aborted && active.size > 0) worker?.cancelAllJobs('the process is stopping');
    if (await within(PATIENCE, ended)) return;
    report.warn('queue.worker-cut', { queue, active: active.size });
    await within(REOPEN_DELAY, worker?.disconnect() ?? Promise.resolve());
  }

  void keepRunning();
  return {
    isRunning: () => closing === undefined && worker?.isRunning() === true,
    activeCount: () => active.size,
    close: (signal) => (closing ??= Promise.resolve().then(() => close(signal))),
  };
}

/** A worker that is closing still takes a job if it was waiting for one: it goes back to the line, for others. */
async function giveBack(job: Job, token: string | undefined): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}

/** Resolves when nothing has been at work for a while: then it is the server that keeps a worker from closing. */
async function hangs(active: ReadonlySet<Promise<void>>): Promise<void> {
  do {
    await Promise.allSettled(active);
    await delay(PATIENCE, undefined, { ref: false });
  } while (active.size > 0);
}

function aborts(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}
