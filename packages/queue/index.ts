export { connectQueue, type LaneQueue, type QueueOptions } from './connect-queue.ts';
export type { LaneConsumer, LaneConsumerOptions } from './lane-consumer.ts';
export type { MaintenanceKind, MaintenanceWork, Schedule } from './maintenance.ts';
export type { SupervisedWorker } from './supervised-worker.ts';
export type { QueueWorker } from './list-workers.ts';
