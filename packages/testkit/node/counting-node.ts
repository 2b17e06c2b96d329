import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A receiver for measurements: answers every request with 200 and counts, and does nothing else. */
export interface CountingNode {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Requests answered. */
  readonly count: number;
  /** Resolves as soon as `count` has reached it. */
  waitFor(count: number): Promise<void>;
  close(): Promise<void>;
}

const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: text/plain\r\n\r\nok');
const END_OF_HEADERS = Buffer.from('\r\n\r\n');
const NOTHING = Buffer.alloc(0);

/**
 * Straight on TCP, reading no more of a request than where it ends: the receiver must not be what is measured. Takes requests with
 * `content-length` only. `port`: default a free one.
 */
export async function startCountingNode({ port = 0 }: { port?: number } = {}): Promise<CountingNode> {
  let count = 0;
  const sockets = new Set<Socket>();
  const waiters = new Map<number, () => void>();

  function onRequest(): void {
    count += 1;
    waiters.get(count)?.();
    waiters.delete(count);
  }

  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    let rest = NOTHING;
    socket.on('data', (chunk) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let length = requestLength(rest); length !== null; length = requestLength(rest)) {
        rest = rest.subarray(length);
        socket.write(ANSWER);
        onRequest();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen({ port, host: '127.0.0.1', backlog: 4_096 }, resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get count() {
      return count;
    },
    waitFor(wanted) {
      if (count >= wanted) return Promise.resolve();
      return new Promise((resolve) => {
        const others = waiters.get(wanted);
        waiters.set(wanted, () => {
          others?.();
          resolve();
        });
      });
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The length of the first request in `bytes`; null while it is not complete. */
function requestLength(bytes: Buffer): number | null {
  const end = bytes.indexOf(END_OF_HEADERS);
  if (end === -1) return null;
  const headers = bytes.toString('latin1', 0, end);
  const length = end + END_OF_HEADERS.length + Number(/content-length: *(\d+)/i.exec(headers)?.[1] ?? 0);
  return bytes.length >= length ? length : null;
}
