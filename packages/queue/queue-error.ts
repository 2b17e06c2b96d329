/** What can be wrong with the queue, told to whoever starts or uses it. */
export type QueueErrorCode =
  /** `queue.url` can't be read. */
  | 'QUEUE_URL'
  /** Redis may throw jobs away. */
  | 'QUEUE_EVICTION'
  /** The server is too old for BullMQ. */
  | 'QUEUE_VERSION'
  /** The queue does not answer; nothing is lost, since the sweep finds what is due. */
  | 'QUEUE_UNREACHABLE';

export class QueueError extends Error {
  readonly code: QueueErrorCode;

  constructor(code: QueueErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
