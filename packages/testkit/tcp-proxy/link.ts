import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Which way bytes go: from whoever connected, or from the server. */
export type Direction = 'to-server' | 'to-client';

/** What a line does to bytes on their way. */
export interface Weather {
  /** Ms that each chunk is late. */
  delay: number;
  /** Bytes a second, each way. */
  rate: number;
  /** While this is there nothing passes; what has been held back passes afterwards. */
  held: Promise<void> | undefined;
}

/** Told of each chunk before it passes; false keeps it from passing, since its line has been cut. */
export type Watch = (chunk: Buffer, direction: Direction, link: Link) => boolean;

/** One connection through the proxy. */
export interface Link {
  /** From now on every byte of either side is lost, and so is the news of its end, for ever: neither side can tell. */
  lose(): void;
  /** Ends both sides with RST. */
  reset(): void;
  /** Lets go of both sides, whatever they are in. */
  destroy(): void;
}

/** Joins two sockets; `onEnd` is told when both are closed. */
export function joinSockets(
  client: Socket,
  server: Socket,
  weather: Weather,
  watch: Watch,
  onEnd: (link: Link) => void,
): Link {
  let lost = false;
  let open = 2;
  const link: Link = {
    lose: () => void (lost = true),
    reset() {
      client.resetAndDestroy();
      server.resetAndDestroy();
    },
    destroy() {
      client.destroy();
      server.destroy();
    },
  };
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    // What breaks one side is told to the other by its close, unless the line is lost.
    from.on('error', () => undefined);
    from.on('close', () => {
      if (!lost) to.destroy();
      open -= 1;
      if (open === 0) onEnd(link);
    });
    void pass(from, to, from === client ? 'to-server' : 'to-client');
  }

  async function pass(from: Socket, to: Socket, direction: Direction): Promise<void> {
    for await (const chunk of chunksOf(from)) {
      await hindrance(weather, chunk.length);
      if (lost) continue;
      if (!watch(chunk, direction, link)) return;
      if (!to.destroyed && !to.write(chunk)) await writable(to);
    }
    if (!lost) to.end();
  }
  return link;
}

/** Until the socket ends or breaks, which its 'close' tells. */
async function* chunksOf(socket: Socket): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of socket) yield chunk as Buffer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/** Resolves when a socket takes more, or never will. */
function writable(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}

async function hindrance(weather: Weather, bytes: number): Promise<void> {
  const ms = weather.delay + (bytes / weather.rate) * 1000;
  if (ms > 0) await sleep(ms);
  while (weather.held !== undefined) await weather.held;
}
