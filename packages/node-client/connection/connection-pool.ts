import type { Socket } from 'node:net';
import { Client } from 'undici';
import { type SocketOptions, type Stage, type Target, endpoint, openSocket } from './open-socket.ts';

/** One connection to a node, with at most one request on it at a time. Owned by its pool. */
export class Connection {
  readonly origin: string;
  readonly client: Client;
  /** The node's host and port, for words. */
  readonly peer: string;
  /** How far it has come. */
  stage: Stage = 'connect';
  isIdle = false;
  /** Kept also while it is being made, which undici itself could not abort. */
  #socket: Socket | null = null;

  constructor(origin: string, options: SocketOptions) {
    const target = targetOf(origin);
    this.origin = origin;
    this.peer = endpoint(target.hostname, target.port);
    this.client = new Client(origin, {
      pipelining: 1,
      // The attempt's own budget is over everything, which these, each over a part, could only blur.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: IDLE_FOR,
      keepAliveMaxTimeout: IDLE_FOR,
      connect: (_, callback) => {
        this.#socket = openSocket(target, options, {
          reached: (stage) => {
            this.stage = stage;
          },
          opened: (socket) => callback(null, socket),
          // undici tries again by itself after some of its own errors; never after one of ours.
          failed: (error) => callback(error, null),
        });
      },
    });
  }

  /** Ends it whatever state it is in. What was under way on it gets an error. */
  destroy(): void {
    this.#socket?.destroy();
    void this.client.destroy();
  }
}

/**
 * Kept-alive connections by origin. An attempt takes one and gives it back or discards it, so nothing ever waits in a queue that its
 * time budget does not see. There are never more connections than attempts under way plus the idle ones, and those are bounded over
 * all origins: ten thousand nodes don't use up the sockets.
 *
 * Not undici's own `Pool`: it can't give up a request that waits for its connection, so an attempt that timed out while connecting
 * would keep its place until the network gave up, and each of its pools keeps idle connections without knowing of the others.
 */
export interface ConnectionPool {
  take(origin: string): Connection;
  giveBack(connection: Connection): void;
  discard(connection: Connection): void;
  /** Connections that wait for work. */
  readonly idle: number;
  /** Ends the idle connections, and from now on each one that is given back. */
  close(): void;
}

export interface PoolOptions extends SocketOptions {
  /** Most idle connections, over all origins. */
  readonly mostIdle: number;
}

/** How long an idle connection is kept, in ms, unless the node's Keep-Alive header says less: below what common servers allow (5 s). */
const IDLE_FOR = 4_000;

export function createConnectionPool(options: PoolOptions): ConnectionPool {
  const idleByOrigin = new Map<string, Connection[]>();
  // In the order in which they became idle: the first one is the one to go when there are too many.
  const allIdle = new Set<Connection>();
  let isClosed = false;

  function create(origin: string): Connection {
    const connection = new Connection(origin, options);
    connection.client.on('disconnect', () => {
      if (connection.isIdle) discard(connection);
    });
    return connection;
  }

  function leaveIdle(connection: Connection): void {
    connection.isIdle = false;
    allIdle.delete(connection);
    const siblings = idleByOrigin.get(connection.origin);
    if (siblings === undefined) return;
    if (siblings.at(-1) === connection) siblings.pop();
    else siblings.splice(siblings.indexOf(connection), 1);
    if (siblings.length === 0) idleByOrigin.delete(connection.origin);
  }

  function discard(connection: Connection): void {
    if (connection.isIdle) leaveIdle(connection);
    connection.destroy();
  }

  return {
    get idle() {
      return allIdle.size;
    },
    take(origin) {
      // The last one used is the one least likely to have been closed by the node meanwhile.
      const connection = idleByOrigin.get(origin)?.at(-1);
      if (connection === undefined) return create(origin);
      leaveIdle(connection);
      return connection;
    },
    giveBack(connection) {
      if (isClosed) return discard(connection);
      connection.isIdle = true;
      allIdle.add(connection);
      const siblings = idleByOrigin.get(connection.origin);
      if (siblings === undefined) idleByOrigin.set(connection.origin, [connection]);
      else siblings.push(connection);
      const [oldest] = allIdle.size > options.mostIdle ? allIdle : [];
      if (oldest !== undefined) discard(oldest);
    },
    discard,
    close() {
      isClosed = true;
      for (const connection of allIdle) discard(connection);
    },
  };
}

function targetOf(origin: string): Target {
  const url = new URL(origin);
  const isTls = url.protocol === 'https:';
  const bare = url.hostname.replace(/^\[|\]$/g, '');
  return { isTls, hostname: bare, port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port) };
}
