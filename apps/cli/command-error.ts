/** A command that was given something it can't work with: ends with status 2, after the message. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A command that could not do what it was to do: ends with status 1, after the message, which says what to do. */
export class FailedError extends Error {
  override readonly name = 'FailedError';
}
