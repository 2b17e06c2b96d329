import type { Failure } from '../connection/failure.ts';

/** No token was to be had, and so nothing was sent to the node: the reason is in words, and never quotes an answer. */
export class TokenError extends Error {
  readonly code = 'NO_TOKEN';
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.error, options);
    this.failure = failure;
  }
}

/** The peer was reached, and what it said is of no use. */
export function refused(words: string): TokenError {
  return new TokenError({ outcome: 'auth-error', error: words });
}
