import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHealth, createHealthHandler, type HealthOptions } from './health.ts';

export interface HealthServer {
  /** The one listened on, also when a free one was asked for with 0. */
  readonly port: number;
  close(): Promise<void>;
}

/** Few ask here: more connections than this are someone's mistake or malice. */
const MOST_CONNECTIONS = 64;

/** A server of nothing but `/healthz`, `/readyz` and `/metrics`, for processes that have no other. Rejects when it can't listen. */
export async function serveHealth({
  host,
  port,
  ...options
}: { host: string; port: number } & HealthOptions): Promise<HealthServer> {
  const handle = createHealthHandler(createHealth(options));
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000 }, (request, response) => {
    handle(request, response, (error) => {
      if (error !== undefined) options.log.warn('health.failed', { path: request.url, error });
      response.writeHead(error === undefined ? 404 : 500).end();
    });
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.listen({ host, port });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
