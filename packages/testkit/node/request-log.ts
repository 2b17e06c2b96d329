/** One request as a test node got it, complete with its body. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly path: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** `name, value, name, value, ...`, as sent. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** `performance.now()` when its headers were there. */
  readonly arrivedAt: number;
  /** Counts connections from 1. */
  readonly connection: number;
  /** How many other requests were unanswered when it arrived. */
  readonly overlap: number;
  /** `performance.now()` when it was answered, or its connection ended; null while neither. */
  readonly endedAt: number | null;
  /** The status of an ordinary answer that was handed over whole; null before, and after anything else. */
  readonly answered: number | null;
}

/** A number of requests, or what they must fulfil. */
export type Wanted = number | ((requests: readonly ReceivedRequest[]) => boolean);

/** What a test node has got, and who waits for it. */
export interface RequestLog {
  readonly all: readonly ReceivedRequest[];
  add(request: ReceivedRequest): void;
  clear(): void;
  waitFor(wanted: Wanted, within?: number): Promise<readonly ReceivedRequest[]>;
}

const PATIENCE = 10_000;

export function createRequestLog(): RequestLog {
  let requests: ReceivedRequest[] = [];
  const waiters = new Set<() => void>();

  function isMet(wanted: Wanted): boolean {
    return typeof wanted === 'number' ? requests.length >= wanted : wanted(requests);
  }

  return {
    get all() {
      return requests;
    },
    add(request) {
      requests.push(request);
      for (const look of waiters) look();
    },
    clear() {
      requests = [];
    },
    waitFor(wanted, within = PATIENCE) {
      if (isMet(wanted)) return Promise.resolve(requests);
      return new Promise((resolve, reject) => {
        function look(): void {
          if (!isMet(wanted)) return;
          waiters.delete(look);
          clearTimeout(timer);
          resolve(requests);
        }
        const timer = setTimeout(() => {
          waiters.delete(look);
          const expected = typeof wanted === 'number' ? `${wanted} requests` : 'requests that fulfil the predicate';
          reject(new Error(`expected ${expected} within ${within} ms, got ${requests.length}`));
        }, within);
        waiters.add(look);
      });
    },
  };
}
