import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came in, complete with its body. */
export interface ReceivedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface GivenAnswer {
  readonly status: number;
  /** What a person would want to know, for whoever keeps the attempt record. */
  readonly text: string;
}

export interface Receiver {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Ends with what is under way: the orchestrator tries it again. */
  close(): Promise<void>;
}

/** Bytes: no orchestrator is configured to take more than it can hold in memory several times. */
const LARGEST_BODY = 64 * 1_048_576;

/** Listens on this machine only. Rejects when the port is taken. @param port 0 takes a free one. */
export async function startReceiver(
  port: number,
  answer: (request: ReceivedRequest) => Promise<GivenAnswer>,
): Promise<Receiver> {
  const server = createServer((incoming, response) => {
    receive(incoming, response, answer).catch((error: unknown) => {
      // The connection broke: there is nobody to answer, and the orchestrator comes again.
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.listen({ host: '127.0.0.1', port });
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function receive(
  incoming: IncomingMessage,
  response: ServerResponse,
  answer: (request: ReceivedRequest) => Promise<GivenAnswer>,
): Promise<void> {
  const body = await readBody(incoming);
  if (body === null) return send(response, { status: 413, text: `expected at most ${LARGEST_BODY} bytes` });
  const path = (incoming.url ?? '/').replace(/\?.*$/s, '');
  send(response, await answer({ method: incoming.method ?? '', path, headers: incoming.headers, body }));
}

/** Null when it is larger than can be taken. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= LARGEST_BODY) chunks.push(chunk);
  }
  return length <= LARGEST_BODY ? Buffer.concat(chunks) : null;
}

function send(response: ServerResponse, { status, text }: GivenAnswer): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
