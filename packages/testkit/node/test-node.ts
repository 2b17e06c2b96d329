import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { type Answer, give } from './answer.ts';
import { type CertificateKind, makeCertificates } from './certificates.ts';
import { watchConnections } from './connections.ts';
import { createRequestLog, type ReceivedRequest, type Wanted } from './request-log.ts';

export type { ReceivedRequest } from './request-log.ts';

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
  waitFor(wanted: Wanted, within?: number): Promise<readonly ReceivedRequest[]>;
  /** Forgets the requests so far. */
  clear(): void;
  /** Ends every connection at once, in order (FIN). */
  dropConnections(): void;
  /** Drops connections and stops listening. */
  close(): Promise<void>;
}

export async function startTestNode(options: TestNodeOptions = {}): Promise<TestNode> {
  const { tls, port: wantedPort = 0 } = options;
  const isHttps = tls !== undefined && tls !== 'stalled';
  const log = createRequestLog();
  let next = answersOf(options.script ?? {});
  let unanswered = 0;

  const server = createServer(tls, (incoming, response) => {
    const connection = connections.numberOf(incoming.socket);
    const arrival = { arrivedAt: performance.now(), connection, overlap: unanswered };
    unanswered += 1;
    const end: Mutable<Pick<ReceivedRequest, 'endedAt' | 'answered'>> = { endedAt: null, answered: null };
    response.once('close', () => {
      unanswered -= 1;
      end.endedAt = performance.now();
      if (response.writableFinished) end.answered = response.statusCode;
    });
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request = Object.assign(end, describe(incoming), { body: Buffer.concat(chunks) }, arrival);
      give(next(request), response, incoming.socket);
      log.add(request);
    });
  });
  const connections = watchConnections(server, { isHttps });
  const port = await listen(server, wantedPort);

  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    get requests() {
      return log.all;
    },
    get connections() {
      return connections.accepted;
    },
    get openConnections() {
      return connections.open;
    },
    ca: isHttps ? makeCertificates().ca : undefined,
    answer(script) {
      next = answersOf(script);
    },
    waitFor: (wanted, within) => log.waitFor(wanted, within),
    clear: () => log.clear(),
    dropConnections: () => connections.end(),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      connections.destroy();
      await closed;
    },
  };
}

type Mutable<Record> = { -readonly [Key in keyof Record]: Record[Key] };

/** Each call answers the next request of the script. */
function answersOf(script: Script): (request: ReceivedRequest) => Answer {
  let position = 0;
  return (request) => {
    const index = position;
    position += 1;
    if (typeof script === 'function') return script(request, index);
    return isList(script) ? (script[Math.min(index, script.length - 1)] ?? {}) : script;
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

async function listen(server: TcpServer, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', backlog: 4_096 }, resolve);
  });
  return (server.address() as AddressInfo).port;
}

function describe(incoming: IncomingMessage): Pick<ReceivedRequest, 'method' | 'path' | 'headers' | 'rawHeaders'> {
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  return { method: incoming.method ?? '', path: incoming.url ?? '', headers, rawHeaders: incoming.rawHeaders };
}

function isList(script: Script): script is readonly Answer[] {
  return Array.isArray(script);
}
