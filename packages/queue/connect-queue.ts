import type { Queue } from 'bullmq';
import { readQueueUrl, type Report } from '#core';
import type { BackEnd } from './back-end.ts';
import { consumeLanes, type LaneConsumer, type LaneConsumerOptions } from './lane-consumer.ts';
import { listWorkers, type QueueWorker } from './list-workers.ts';
import { consumeMaintenance, createScheduleKeeper, type MaintenanceWork, type Schedule } from './maintenance.ts';
import { openPostgresBackEnd } from './postgres/postgres-back-end.ts';
import { QueueError } from './queue-error.ts';
import { watchReachability } from './reachability.ts';
import { openRedisBackEnd } from './redis/redis-back-end.ts';
import type { SupervisedWorker } from './supervised-worker.ts';
import { unqueued } from './unqueued.ts';
import { createWaker } from './waker.ts';
import { within } from './within.ts';

/** The queue, for a whole process. A job only says that a node may have work: it can be lost, doubled or late without harm. */
export interface LaneQueue {
  /**
   * Puts a job for each node into the queue. Rejects at once while the queue is unreachable, and after seconds at most: nothing is lost
   * then, since the sweep finds what is due. Never await it before a sender is answered.
   */
  wake(nodeIds: readonly string[]): Promise<void>;
  /** Which of these nodes have no job that is waiting or at work. */
  unqueued(nodeIds: readonly string[]): Promise<string[]>;
  /** Starts to work on lanes. */
  consumeLanes(options: LaneConsumerOptions): LaneConsumer;
  /** Sets the repeatable jobs, and keeps them set, whatever happens to the queue's data, until `close`. */
  schedule(jobs: Schedule): Promise<void>;
  /** Starts to run the ticks of the repeatable jobs. */
  consumeMaintenance(work: MaintenanceWork): SupervisedWorker;
  /** The worker processes that are connected now. */
  workers(): Promise<QueueWorker[]>;
  /** Whether the queue answered when last looked at. */
  isReachable(): boolean;
  /** Told once when the queue has not answered for 10 s: from then on look for due lanes in the database. */
  onUnreachable(listener: () => void): void;
  /** Told once when it answers again after that. */
  onReachable(listener: () => void): void;
  /** BullMQ's own objects, for its dashboard. */
  queues(): readonly Queue[];
  /** Closes everything, consumers first; `signal` as in `SupervisedWorker.close`. */
  close(signal?: AbortSignal): Promise<void>;
}

export interface QueueOptions {
  /** `database`: BullMQ on PostgreSQL; else Redis, see `readQueueUrl`. */
  readonly url: string;
  /** `postgres://…` */
  readonly databaseUrl: string;
  readonly report: Report;
}

/** Ms that closing waits for a server that does not answer. */
const CLOSE_PATIENCE = 5_000;

/**
 * Connects to the queue.
 *
 * @throws QueueError when Redis may evict jobs or is too old, or the URL can't be read; PostgreSQL's error when that does not answer. A
 *   Redis that does not answer is waited for in the background, and reported.
 */
export async function connectQueue({ url, databaseUrl, report }: QueueOptions): Promise<LaneQueue> {
  const backEnd = await openBackEnd(url, databaseUrl, report);
  const lanes = backEnd.openQueue('lanes');
  const maintenance = backEnd.openQueue('maintenance');
  const reachability = await watchReachability(() => backEnd.probe(), backEnd.name, report);
  const keeper = createScheduleKeeper(maintenance, report);
  backEnd.onReconnect(() => {
    reachability.look();
    void keeper.assert();
  });
  reachability.onReachable(() => void keeper.assert());
  const wake = createWaker(lanes, reachability.isReachable);
  const consumers: SupervisedWorker[] = [];

  function keep<Consumer extends SupervisedWorker>(consumer: Consumer): Consumer {
    consumers.push(consumer);
    return consumer;
  }

  async function close(signal: AbortSignal | undefined): Promise<void> {
    reachability.stop();
    keeper.stop();
    await Promise.all(consumers.map((consumer) => consumer.close(signal)));
    const closed = Promise.allSettled([lanes.close(), maintenance.close()]);
    if (!(await within(CLOSE_PATIENCE, closed))) report.warn('queue.cut', { backEnd: backEnd.name });
    await backEnd.close();
  }

  let closing: Promise<void> | undefined;
  return {
    wake,
    unqueued: (nodeIds) => unqueued(lanes, nodeIds),
    consumeLanes: (options) => keep(consumeLanes(options, backEnd, wake, report)),
    schedule: (jobs) => keeper.keep(jobs),
    consumeMaintenance: (work) => keep(consumeMaintenance(work, backEnd, keeper.current, report)),
    workers: () => listWorkers(lanes, Date.now()),
    isReachable: reachability.isReachable,
    onUnreachable: reachability.onUnreachable,
    onReachable: reachability.onReachable,
    queues: () => [lanes, maintenance],
    close: (signal) => (closing ??= close(signal)),
  };
}

function openBackEnd(url: string, databaseUrl: string, report: Report): Promise<BackEnd> {
  const address = readQueueUrl(url);
  // Not shown: it may hold a password.
  if (!address) throw new QueueError('QUEUE_URL', 'queue.url is neither "database" nor a Redis URL that can be read.');
  return address.kind === 'database' ? openPostgresBackEnd(databaseUrl, report) : openRedisBackEnd(address, report);
}
