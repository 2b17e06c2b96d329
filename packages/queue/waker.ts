import { randomUUID } from 'node:crypto';
import type { Queue } from 'bullmq';
import { createBatcher } from '#core';
import { QueueError } from './queue-error.ts';
import { ENDLESS, LEAVE_NOTHING } from './settings.ts';
import { within } from './within.ts';

export interface LaneJob {
  readonly nodeId: string;
}

/** Nodes in one request: few enough that building and answering it never holds up the process or the server for long. */
const CHUNK = 100;
/** Requests under way at once. */
const CONCURRENCY = 4;
/** Nodes waiting to be woken, above which more are refused; the sweep finds them. */
const MOST_WAITING = 200_000;
/** Ms after which a request has failed, whatever becomes of it. */
const PATIENCE = 5_000;

/**
 * Ms that a job is dated back. Clocks of processes differ, and a delayed lane is rescheduled to the waker's time: with a clock ahead of the
 * worker's it would start late by the difference.
 */
const CLOCK_TOLERANCE = 120_000;

/**
 * Wakes lanes. Answers once every node's job is in the queue: while its lane is waiting the wake-up is dropped, while it is delayed it
 * starts now, while it is active one more run follows. What is asked for while a request is under way shares the next one.
 */
export function createWaker(queue: Queue, isReachable: () => boolean): (nodeIds: readonly string[]) => Promise<void> {
  const batcher = createBatcher<string, void>({
    maxItems: CHUNK,
    concurrency: CONCURRENCY,
    maxWaiting: MOST_WAITING,
    async run(nodeIds) {
      const jobs = [...new Set(nodeIds)].map(laneJob);
      if (!(await within(PATIENCE, queue.addBulk(jobs)))) throw unreachable();
      return nodeIds.map(() => undefined);
    },
  });
  return async (nodeIds) => {
    if (!isReachable()) throw unreachable();
    await Promise.all([...new Set(nodeIds)].map((nodeId) => batcher.submit(nodeId)));
  };
}

function laneJob(nodeId: string): { name: string; data: LaneJob; opts: object } {
  return {
    name: 'lane',
    data: { nodeId },
    opts: {
      // BullMQ's own ids start at 1 again in an emptied Redis, and a worker confuses such a job with the one that it still holds.
      jobId: randomUUID(),
      ...LEAVE_NOTHING,
      deduplication: { id: nodeId, keepLastIfActive: true, reschedule: true },
      attempts: ENDLESS,
      backoff: { type: 'lane' },
      // Each delayed run would add one to the job for as long as it lives.
      stackTraceLimit: 0,
      timestamp: Date.now() - CLOCK_TOLERANCE,
    },
  };
}

function unreachable(): QueueError {
  return new QueueError(
    'QUEUE_UNREACHABLE',
    'The queue does not answer. Nothing is lost: what is due is found by the sweep.',
  );
}
