import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { Client } from 'undici';
import { openSocket, type SocketOptions, type Stage, targetOf } from './open-socket.ts';

/** How long an idle connection is kept, in ms, unless the node's Keep-Alive header says less: below what common servers allow (5 s). */
const IDLE_FOR = 4_000;

/** Where connections lead. Those to one origin with different certificates to trust or to show are not the same. */
export interface Endpoint {
  readonly key: string;
  /** Scheme, host and port. */
  readonly origin: string;
  readonly secureContext?: SecureContext | undefined;
}

/** One connection to an endpoint, with at most one request on it at a time. Made when the first one is sent. */
export class Connection {
  readonly endpoint: Endpoint;
  readonly client: Client;
  /** How far it has come. */
  stage: Stage = 'connect';
  isIdle = false;
  /** Kept also while it is being made, which undici itself could not abort. */
  #socket: Socket | null = null;

  constructor(endpoint: Endpoint, { guard, lookUp, ca }: SocketOptions) {
    const { origin, secureContext } = endpoint;
    const target = targetOf(origin);
    const options = { guard, lookUp, ca, secureContext };
    this.endpoint = endpoint;
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
