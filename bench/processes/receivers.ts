import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerCalls } from '../machine/answer-calls.ts';
import { monotonic } from '../machine/monotonic.ts';
import { FAILURE } from './failure.ts';

/** Nodes that take whatever they are sent: answered with 200 and nothing, and counted. */
export interface Receivers {
  /** Listens on so many free ports; answers their origins. */
  open(ports: number): Promise<string[]>;
  /** Answers one request in so many with `FAILURE` from now on. */
  fail(oneIn: number): Promise<void>;
  /** Starts to count from 0. */
  reset(): Promise<void>;
  /** Resolves when so many requests were received since `reset`; rejects when `within` seconds were not enough. */
  received(wanted: { readonly count: number; readonly within: number }): Promise<Receipt>;
  /** Takes note of each arrival from now on. */
  watch(): Promise<void>;
  /** What arrived since `watch`, by our id of the message; takes no more notes. */
  arrivals(): Promise<readonly Arrival[]>;
  /** The last request since `open`, so that another design can send the same. */
  sample(): Promise<Sample>;
}

export interface Arrival {
  readonly id: string;
  /** When the whole request was there, in ms on the machine's clock. */
  readonly at: number;
}

export interface Receipt {
  readonly count: number;
  /** From the first request's receipt to the last one's. */
  readonly seconds: number;
  /** When the last one was there, in ms on the machine's clock. */
  readonly last: number;
}

export interface Sample {
  readonly path: string;
  /** `name, value, name, value, ...`, without those of the connection. */
  readonly headers: string[];
  readonly body: Buffer;
}

const OF_THE_CONNECTION = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);

let failing = Infinity;
let count = 0;
let first = 0;
let last = 0;
let latest: { request: IncomingMessage; chunks: Buffer[] } | undefined;
let arrivals: Arrival[] | null = null;
let awaited: { count: number; resolve: (receipt: Receipt) => void } | undefined;

function receive(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    latest = { request, chunks };
    if (count % failing === failing - 1) response.statusCode = FAILURE;
    response.end();
    arrivals?.push({ id: String(request.headers['webhook-id']), at: monotonic() });
    last = monotonic();
    if (count === 0) first = last;
    count += 1;
    if (awaited !== undefined && count >= awaited.count) awaited.resolve(receipt());
  });
}

function receipt(): Receipt {
  return { count, seconds: (last - first) / 1000, last };
}

answerCalls<Receivers>({
  async open(ports) {
    const servers = Array.from({ length: ports }, () => createServer({ keepAliveTimeout: 60_000 }, receive));
    for (const server of servers)
      await once(server.listen({ port: 0, host: '127.0.0.1', backlog: 1_024 }), 'listening');
    return servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  },
  async fail(oneIn) {
    failing = oneIn;
  },
  async reset() {
    count = 0;
    awaited = undefined;
  },
  received: (wanted) =>
    new Promise((resolve, reject) => {
      if (count >= wanted.count) return resolve(receipt());
      const giveUp = () => reject(new Error(`received ${count} of ${wanted.count} requests within ${wanted.within} s`));
      const timer = setTimeout(giveUp, wanted.within * 1000);
      awaited = {
        count: wanted.count,
        resolve(receipt) {
          clearTimeout(timer);
          awaited = undefined;
          resolve(receipt);
        },
      };
    }),
  async watch() {
    arrivals = [];
  },
  async arrivals() {
    const seen = arrivals ?? [];
    arrivals = null;
    return seen;
  },
  async sample() {
    if (latest === undefined) throw new Error('nothing was received yet');
    const { request, chunks } = latest;
    const { rawHeaders } = request;
    const headers = rawHeaders.filter((_, i) => !OF_THE_CONNECTION.has((rawHeaders[i - (i % 2)] ?? '').toLowerCase()));
    return { path: request.url ?? '/', headers, body: Buffer.concat(chunks) };
  },
});
