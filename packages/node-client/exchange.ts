import type { IncomingHttpHeaders } from 'node:http';
import type { AttemptResult } from '#core';
import type { Dispatcher } from 'undici';
import { readRetryAfter } from './answer/retry-after.ts';
import type { Applicant } from './connection/connection-pool.ts';
import type { Connection } from './connection/connection.ts';
import { exchangeFailure, type Failure } from './connection/failure.ts';
import type { Stage } from './connection/open-socket.ts';

/** Most bytes of an answer's body that are read; the connection is cut at more. */
const MOST_READ = 64 * 1024;
/** Most bytes of it that are kept. */
const MOST_KEPT = 4 * 1024;
/** Most interim answers (1xx) before the answer: a node that sends more is not going to answer. */
const MOST_INTERIM = 64;
/** Longer ones make Node's timers fire at once. Milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;
const NOTHING = Buffer.alloc(0);

const STAGE_WORDS: Readonly<Record<Stage, (peer: string) => string>> = {
  'look-up': (peer) => `no answer of the name look-up for ${peer}`,
  connect: (peer) => `no connection to ${peer}`,
  tls: (peer) => `no end of the TLS handshake with ${peer}`,
  open: (peer) => `no answer from ${peer}`,
};

/** One request, and what watches over it. */
export interface ExchangeOptions {
  /** The node's host and port, for words. */
  readonly peer: string;
  readonly path: string;
  /** `name, value, name, value, ...` */
  readonly headers: string[];
  readonly body: Buffer;
  /** Seconds. */
  readonly timeout: number;
  /** Seconds of it that were used before. */
  readonly spent?: number;
  now(): Date;
  /** Told once of what came of it, of the connection that it had got, and whether that can carry another request. */
  onEnd(result: AttemptResult, connection: Connection | null, isReusable: boolean): void;
}

/**
 * One request and its answer, under one time budget. Ends as soon as what comes of it is known: with the whole answer, or with as much
 * of it as may be read, or without a status. Once a status was read it decides, whatever becomes of the body.
 */
export class Exchange implements Dispatcher.DispatchHandler, Applicant {
  readonly #options: ExchangeOptions;
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  #connection: Connection | null = null;
  #isEnded = false;
  #interim = 0;
  #status: number | null = null;
  #retryAfter: number | null = null;
  #read = 0;
  #kept: Buffer = NOTHING;

  /** The clock starts here. */
  constructor(options: ExchangeOptions) {
    this.#options = options;
    // One timer each: Node keeps those of one duration in one list, so that setting and clearing them costs next to nothing.
    this.#timer = setTimeout(expire, Math.min((options.timeout - (options.spent ?? 0)) * 1000, LONGEST_TIMER), this);
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  start(connection: Connection): void {
    const { path, headers, body } = this.#options;
    this.#connection = connection;
    connection.client.dispatch({ method: 'POST', path, headers, body }, this);
  }

  /** The budget is used up. */
  expire(): void {
    const { peer, timeout } = this.#options;
    const stage = this.#connection?.stage ?? 'connect';
    this.#end({ outcome: 'timeout', error: `${STAGE_WORDS[stage](peer)} within ${timeout} s` }, false);
  }

  /** Ends it without a result; answers the connection that it had got. */
  abandon(): Connection | null {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    return this.#connection;
  }

  onRequestStart(): void {}

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (this.#isEnded) return;
    if (status < 200) return this.#countInterim();
    this.#status = status;
    const retryAfter = status === 429 || status === 503 ? headers['retry-after'] : undefined;
    if (retryAfter !== undefined) this.#retryAfter = readRetryAfter(firstOf(retryAfter), this.#options.now());
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isEnded) return;
    this.#read += chunk.length;
    if (this.#kept.length < MOST_KEPT) this.#keep(chunk);
    if (this.#read > MOST_READ) this.#end(null, false);
  }

  onResponseEnd(): void {
    this.#end(null, true);
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    this.#end(this.#status === null ? exchangeFailure(this.#options.peer, error) : null, false);
  }

  #countInterim(): void {
    this.#interim += 1;
    if (this.#interim <= MOST_INTERIM) return;
    const error = `${this.#options.peer} sent ${this.#interim} interim answers (1xx) and no final one`;
    this.#end({ outcome: 'invalid-response', error }, false);
  }

  /** A copy: what undici hands over is a view on the whole of what the socket has read. */
  #keep(chunk: Buffer): void {
    const part = chunk.subarray(0, MOST_KEPT - this.#kept.length);
    this.#kept = this.#kept.length === 0 ? Buffer.from(part) : Buffer.concat([this.#kept, part]);
  }

  /** `failure` counts only while no status was read. */
  #end(failure: Failure | null, isReusable: boolean): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#options.onEnd(this.#resultOf(failure), this.#connection, isReusable);
  }

  #resultOf(failure: Failure | null): AttemptResult {
    const endedAt = performance.now();
    const duration = endedAt - this.#startedAt;
    const status = this.#status;
    if (status === null) return failedResult(failure ?? NO_STATUS, { duration, endedAt });
    const isSuccess = status < 300;
    return {
      outcome: isSuccess ? 'success' : 'http-error',
      status,
      error: isSuccess ? null : statusWords(status),
      body: this.#kept,
      retryAfter: this.#retryAfter,
      duration,
      endedAt,
    };
  }
}

/** The result of an attempt that got no status. */
export function failedResult(failure: Failure, times: Pick<AttemptResult, 'duration' | 'endedAt'>): AttemptResult {
  return { outcome: failure.outcome, status: null, error: failure.error, body: null, retryAfter: null, ...times };
}

/** An answer that ended before it began can't be told by undici; should it ever be, it is none. */
const NO_STATUS: Failure = { outcome: 'invalid-response', error: 'an answer without a status' };

function expire(exchange: Exchange): void {
  exchange.expire();
}

function statusWords(status: number): string {
  return status < 400 ? `the node answered ${status}, and redirects are not followed` : `the node answered ${status}`;
}

function firstOf(value: string | string[]): string {
  return typeof value === 'string' ? value : (value[0] ?? '');
}
