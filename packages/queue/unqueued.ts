import type { Queue } from 'bullmq';
import type { LaneJob } from './waker.ts';

/** Jobs read at once. */
const CHUNK = 1_000;

/** Which of the nodes have no job that is waiting or at work. One that is delayed does not count: its lane sleeps. */
export async function unqueued(queue: Queue<LaneJob>, nodeIds: readonly string[]): Promise<string[]> {
  const lost = new Set(nodeIds);
  for (let start = 0; lost.size > 0; start += CHUNK) {
    const jobs = await queue.getJobs(['active', 'waiting'], start, start + CHUNK - 1);
    // A job that ends between the look at the list and the look at itself comes back as nothing.
    for (const job of jobs) lost.delete(job?.data.nodeId);
    if (jobs.length < CHUNK) break;
  }
  return [...lost];
}
