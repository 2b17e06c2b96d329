import type { Processor, Queue, Worker, WorkerOptions } from 'bullmq';
import type { QueueName } from './settings.ts';

/** What a worker is set to, but its connection. */
export type WorkerSettings = Omit<WorkerOptions, 'connection' | 'prefix' | 'autorun'>;

/** What is behind BullMQ: Redis or PostgreSQL. Everything else of this package is the same for both. */
export interface BackEnd {
  /** How it is named in logs and errors; no credentials. */
  readonly name: string;
  openQueue(name: QueueName): Queue;
  /** A worker that takes nothing before it is told to run. */
  openWorker(name: QueueName, processor: Processor, settings: WorkerSettings): Worker;
  /** Resolves when the server has answered. May never settle: the caller bounds it. */
  probe(): Promise<unknown>;
  /** Tells of each new connection after the first: the server may have lost everything meanwhile. */
  onReconnect(listener: () => void): void;
  /** Ends what the queues and workers share; they are closed before. */
  close(): Promise<void>;
}
