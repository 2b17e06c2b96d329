import type { Queue } from 'bullmq';

/** A process that takes lanes, as the queue's server sees its connection. */
export interface QueueWorker {
  /** Its name. */
  readonly id: string;
  /** `host:port`; null where the server does not tell. */
  readonly address: string | null;
  readonly since: Date | null;
}

/** BullMQ puts it between the queue's name and the worker's in the name of a worker's connection. */
const SEPARATOR = ':w:';

/** The workers connected now. `now`: ms since the epoch, from which their age is counted back. */
export async function listWorkers(queue: Queue, now: number): Promise<QueueWorker[]> {
  const workers = await queue.getWorkers();
  return workers.map(({ rawname = '', addr, age }) => ({
    id: rawname.slice(rawname.indexOf(SEPARATOR) + SEPARATOR.length),
    address: addr ?? null,
    since: age === undefined ? null : new Date(now - Number(age) * 1000),
  }));
}
