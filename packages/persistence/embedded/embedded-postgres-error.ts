/** Why the embedded PostgreSQL can't be started. */
export type EmbeddedPostgresErrorCode =
  /** No binaries for this platform, or they don't run. */
  | 'POSTGRES_BINARIES'
  /** The data was written by another major version. */
  | 'POSTGRES_VERSION'
  /** The password file that belongs to the data is gone. */
  | 'POSTGRES_PASSWORD'
  /** Another live process of ours works on the same data. */
  | 'POSTGRES_IN_USE'
  /** The operating system refused something: a user, a folder. */
  | 'POSTGRES_PERMISSION'
  /** The server itself gave up; the message holds what it said. */
  | 'POSTGRES_START';

/** Its message says what was expected, what was found, and what to do. */
export class EmbeddedPostgresError extends Error {
  readonly code: EmbeddedPostgresErrorCode;

  constructor(code: EmbeddedPostgresErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
