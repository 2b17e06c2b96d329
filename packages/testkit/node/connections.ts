import type { Server, Socket } from 'node:net';

/** The connections of a server, numbered from 1 in the order in which they were made. */
export interface Connections {
  readonly accepted: number;
  readonly open: number;
  numberOf(socket: Socket): number;
  /** Ends each in order (FIN). */
  end(): void;
  /** Ends each at once, also in the middle of a TLS handshake. */
  destroy(): void;
}

export function watchConnections(server: Server, { isHttps }: { isHttps: boolean }): Connections {
  let accepted = 0;
  const numbers = new Map<Socket, number>();
  // Below TLS: there from before the handshake.
  const underlying = new Set<Socket>();

  server.on('connection', (socket: Socket) => {
    underlying.add(socket);
    socket.on('close', () => underlying.delete(socket));
  });
  server.on(isHttps ? 'secureConnection' : 'connection', (socket: Socket) => {
    accepted += 1;
    numbers.set(socket, accepted);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => numbers.delete(socket));
  });

  return {
    get accepted() {
      return accepted;
    },
    get open() {
      return numbers.size;
    },
    numberOf: (socket) => numbers.get(socket) ?? 0,
    end() {
      for (const socket of numbers.keys()) socket.end();
    },
    destroy() {
      for (const socket of underlying) socket.destroy();
    },
  };
}
