import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { type Answer, give } from './answer.ts';
import { type CertificateKind, makeCertificates } from './certificates.ts';

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
}

/** What is answered: always the same; a list in order, whose last entry then stays; or by request, `index` counting from 0. */
export type Script = Answer | readonly Answer[] | ((request: ReceivedRequest, index: number) => Answer);

export interface TestNodeOptions {
  readonly script?: Script;
  /** HTTPS with a certificate of this kind, or a server that accepts and then says nothing. */
  readonly tls?: CertificateKind | 'stalled';
  /** Default: a free one. */
  readonly port?: number;
}

/** A receiver on 127.0.0.1 that records what it gets and answers by a script. */
export interface TestNode {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  /** Complete requests, in the order of their completion. */
  readonly requests: readonly ReceivedRequest[];
  /** Connections accepted so far. */
  readonly connections: number;
  /** Connections open now. */
  readonly openConnections: number;
  /** The authority to trust, with `tls`. PEM. */
  readonly ca: string | undefined;
  /** Replaces the script, whose list begins anew. */
  answer(script: Script): void;
  /**
   * Resolves with all requests as soon as there are `wanted` of them, or they fulfil it. Rejects after `within` ms (10,000) with what
   * there was instead.
   */
  waitFor(
    wanted: number | ((requests: readonly ReceivedRequest[]) => boolean),
    within?: number,
  ): Promise<readonly ReceivedRequest[]>;
  /** Forgets the requests so far. */
  clear(): void;
  /** Ends every connection at once, in order (FIN). */
  dropConnections(): void;
  /** Drops connections and stops listening. */
  close(): Promise<void>;
}

interface Waiter {
  isMet(): boolean;
  resolve(requests: readonly ReceivedRequest[]): void;
  readonly timer: NodeJS.Timeout;
}

const PATIENCE = 10_000;

export async function startTestNode(options: TestNodeOptions = {}): Promise<TestNode> {
  let script: Script = options.script ?? {};
  let position = 0;
  let requests: ReceivedRequest[] = [];
  let accepted = 0;
  let unanswered = 0;
  const sockets = new Map<Socket, number>();
  // Also those in the middle of a TLS handshake.
  const underlying = new Set<Socket>();
  const waiters = new Set<Waiter>();

  function nextAnswer(request: ReceivedRequest): Answer {
    const index = position;
    position += 1;
    if (typeof script === 'function') return script(request, index);
    if (!isList(script)) return script;
    return script[Math.min(index, script.length - 1)] ?? {};
  }

  function tellWaiters(): void {
    for (const waiter of waiters) {
      if (!waiter.isMet()) continue;
      waiters.delete(waiter);
      clearTimeout(waiter.timer);
      waiter.resolve(requests);
    }
  }

  const onRequest: RequestListener = (incoming, response) => {
    const arrival = {
      arrivedAt: performance.now(),
      connection: sockets.get(incoming.socket) ?? 0,
      overlap: unanswered,
    };
    unanswered += 1;
    response.once('close', () => (unanswered -= 1));
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request = { ...describe(incoming), body: Buffer.concat(chunks), ...arrival };
      requests.push(request);
      give(nextAnswer(request), response, incoming.socket);
      tellWaiters();
    });
  };

  const server = createServer(options.tls, onRequest);
  const isHttps = options.tls !== undefined && options.tls !== 'stalled';
  server.on('connection', (socket: Socket) => {
    underlying.add(socket);
    socket.on('close', () => underlying.delete(socket));
  });
  server.on(isHttps ? 'secureConnection' : 'connection', (socket: Socket) => {
    accepted += 1;
    sockets.set(socket, accepted);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;

  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    get requests() {
      return requests;
    },
    get connections() {
      return accepted;
    },
    get openConnections() {
      return sockets.size;
    },
    ca: isHttps ? makeCertificates().ca : undefined,
    answer(next) {
      script = next;
      position = 0;
    },
    waitFor(wanted, within = PATIENCE) {
      const isMet = () => (typeof wanted === 'number' ? requests.length >= wanted : wanted(requests));
      if (isMet()) return Promise.resolve(requests);
      return new Promise((resolve, reject) => {
        const waiter: Waiter = { isMet, resolve, timer: setTimeout(giveUp, within) };
        function giveUp(): void {
          waiters.delete(waiter);
          const expected = typeof wanted === 'number' ? `${wanted} requests` : 'requests that fulfil the predicate';
          reject(new Error(`expected ${expected} within ${within} ms, got ${requests.length}`));
        }
        waiters.add(waiter);
      });
    },
    clear() {
      requests = [];
    },
    dropConnections() {
      for (const socket of sockets.keys()) socket.end();
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of underlying) socket.destroy();
      await closed;
    },
  };
}

function createServer(tls: TestNodeOptions['tls'], onRequest: RequestListener): TcpServer {
  if (tls === 'stalled') return createTcpServer(() => {});
  const server: Server =
    tls === undefined ? createHttpServer(onRequest) : createHttpsServer(makeCertificates().of[tls], onRequest);
  // Connections stay until a test ends them, and a slow request is the test's business.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  return server;
}

function listen(server: TcpServer, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', backlog: 4_096 }, resolve);
  });
}

function describe(incoming: IncomingMessage): Pick<ReceivedRequest, 'method' | 'path' | 'headers' | 'rawHeaders'> {
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  return { method: incoming.method ?? '', path: incoming.url ?? '', headers, rawHeaders: incoming.rawHeaders };
}

function isList(script: Script): script is readonly Answer[] {
  return Array.isArray(script);
}
