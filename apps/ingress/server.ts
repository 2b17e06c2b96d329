import {
  createServer as createHttpServer,
  STATUS_CODES,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Problem } from './http/problem.ts';

export interface ServerOptions {
  /** `server.host`, `server.port`; port 0 takes a free one. */
  readonly host: string;
  readonly port: number;
  /** Most connections at a time: what comes above is closed at once. */
  readonly connections?: number;
}

export interface IngressServer {
  /** Resolves with the address once it listens; rejects when it can't. */
  start(): Promise<AddressInfo>;
  /**
   * Takes no more connections, finishes the requests under way, and resolves; twice is as good as once.
   * @param seconds After which requests still under way are cut.
   */
  stop(seconds: number): Promise<void>;
}

/** Milliseconds. A client that is slower than this with its headers, or with its whole request, is cut off. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 30_000;
/** Longer than the minute that load balancers keep an idle connection: the side that closes first must not be this one. */
const KEEP_ALIVE_TIMEOUT = 65_000;
const TIMEOUT_CHECKS = 1_000;
const MOST_CONNECTIONS = 10_000;

/** The HTTP server around an Express application. */
export function createServer(handler: RequestListener, options: ServerOptions): IngressServer {
  const { host, port, connections = MOST_CONNECTIONS } = options;
  const active = new Set<ServerResponse>();
  let stopped: Promise<void> | undefined;

  const server = createHttpServer({
    headersTimeout: HEADERS_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    connectionsCheckingInterval: TIMEOUT_CHECKS,
  });
  server.maxConnections = connections;
  server.on('request', (request, response) => {
    active.add(response);
    response.on('close', () => {
      active.delete(response);
      // A connection whose answer had begun before the stop is kept alive by its client: it is idle now.
      if (stopped !== undefined) server.closeIdleConnections();
    });
    if (stopped !== undefined) closeAfterwards(response);
    handler(request, response);
  });
  answerWhatCannotBeRead(server);

  return {
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port, backlog: 1_024 }, () => {
          server.off('error', reject);
          resolve(server.address() as AddressInfo);
        });
      }),
    stop(seconds) {
      stopped ??= close(server, seconds);
      for (const response of active) closeAfterwards(response);
      return stopped;
    },
  };
}

/** Tells a client that keeps its connection alive not to use it again. */
function closeAfterwards(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}

function close(server: Server, seconds: number): Promise<void> {
  const deadline = setTimeout(() => server.closeAllConnections(), seconds * 1_000);
  return new Promise((resolve) => {
    // Also closes the connections that are idle. One that never listened is as closed as can be.
    server.close(() => {
      clearTimeout(deadline);
      resolve();
    });
  });
}

/** Requests that are no HTTP, have too large headers, or come too slowly never reach the application. */
function answerWhatCannotBeRead(server: Server): void {
  const last = new WeakMap<object, ServerResponse>();
  server.on('request', (request, response) => last.set(request.socket, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (socket.writable && mayAnswer(last.get(socket))) refuse(socket as Socket, problemOf(error.code));
    else socket.destroy();
  });
}

/** A second answer to the same request would be read as the answer to the next. */
function mayAnswer(last: ServerResponse | undefined): boolean {
  return last === undefined || !last.headersSent || (last.writableFinished && last.req.complete);
}

function problemOf(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') return new Problem(431, 'headers-too-large', 'the headers are too large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new Problem(408, 'request-timeout', 'the request took too long to arrive');
  return new Problem(400, 'bad-request', 'the request is not HTTP/1.1');
}

function refuse(socket: Socket, problem: Problem): void {
  const body = JSON.stringify(problem.toDocument());
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\ncontent-type: application/problem+json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
