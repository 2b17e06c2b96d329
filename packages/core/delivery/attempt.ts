/** What came of one HTTP exchange. `success` is a 2xx; every other value is a failure. */
export type AttemptOutcome =
  | 'success'
  | 'http-error'
  | 'timeout'
  | 'dns-error'
  | 'connection-error'
  | 'tls-error'
  | 'egress-denied'
  /** No credentials were to be had for the node. */
  | 'auth-error'
  | 'invalid-response';

/** One attempt as it ended. Times are on the worker's monotonic clock, since only their distance counts. */
export interface AttemptResult {
  readonly outcome: AttemptOutcome;
  /** The HTTP status; null without an answer. */
  readonly status: number | null;
  /** What went wrong, in words; null on success. */
  readonly error: string | null;
  /** The first 4 KiB of the answer; null without one. */
  readonly body: Buffer | null;
  /** Seconds the node asked to be left alone (Retry-After on 429 and 503), at most a day; null when it did not, or not legibly. */
  readonly retryAfter: number | null;
  /** Milliseconds from start to end. */
  readonly duration: number;
  /** `performance.now()` at its end. */
  readonly endedAt: number;
}
