/** One thing that is wrong with a request. */
export interface ProblemEntry {
  /** The place in the request: a JSON path such as `destinations[1]`, a header or a query parameter. */
  readonly path: string;
  readonly message: string;
}

export interface ApiErrorFacts {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly ProblemEntry[];
  readonly retryAfter?: number | null;
}

/** The orchestrator's answer was not a success. Carries the problem document (RFC 9457) that it gave. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Stable, for programs: the last segment of the document's `type`. `unexpected-answer` when there was no such document. */
  readonly code: string;
  readonly detail: string;
  /** One entry for each thing that is wrong with the request. */
  readonly errors: readonly ProblemEntry[];
  /** Seconds after which a repeat makes sense, where the answer says so. */
  readonly retryAfter: number | null;

  constructor({ status, code, detail, errors = [], retryAfter = null }: ApiErrorFacts) {
    super([`${status} ${code}: ${detail}`, ...errors.map(({ path, message }) => `${path}: ${message}`)].join('; '));
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }
}

/** There was no answer: nobody listens, the connection broke, or it took too long. Whether the request was carried out is not known. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  /** `ECONNREFUSED`, `ECONNRESET`, `ETIMEDOUT`, ... */
  readonly code: string;

  constructor(url: string, code: string, cause: unknown) {
    super(`${url} does not answer (${code})`, { cause });
    this.code = code;
  }
}
