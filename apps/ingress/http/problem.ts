import { STATUS_CODES } from 'node:http';

/** One entry a problem: where it is, and what was expected and got. */
export interface ProblemEntry {
  /** The place in the request: a JSON path such as `destinations[1]`, a header or a query parameter. */
  readonly path: string;
  readonly message: string;
}

export interface ProblemOptions {
  readonly errors?: readonly ProblemEntry[];
  /** Seconds after which a repeat makes sense; sent as Retry-After. */
  readonly retryAfter?: number;
  /** Headers that the status asks for, such as `allow` and `www-authenticate`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An expected end of a request that is not a success. Thrown anywhere below a route, answered as an RFC 9457 problem document. */
export class Problem extends Error {
  readonly status: number;
  /** Stable, for programs: becomes the last segment of the document's `type`. */
  readonly code: string;
  readonly errors: readonly ProblemEntry[];
  readonly retryAfter: number | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, detail: string, options: ProblemOptions = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = options.errors ?? [];
    this.retryAfter = options.retryAfter;
    this.headers = options.headers ?? {};
  }

  toDocument(): Record<string, unknown> {
    return {
      type: `urn:problem:${this.code}`,
      title: STATUS_CODES[this.status] ?? 'Error',
      status: this.status,
      detail: this.message,
      ...(this.errors.length > 0 && { errors: this.errors }),
    };
  }
}
