import { Connection, type Endpoint } from './connection.ts';
import type { SocketOptions } from './open-socket.ts';

/** Someone who wants to send a request. */
export interface Applicant {
  /** It has ended meanwhile: it wants no connection any more. */
  readonly isEnded: boolean;
  /** Gets the connection to itself until it gives it back or discards it. */
  start(connection: Connection): void;
}

export interface PoolOptions extends SocketOptions {
  /** Most idle connections, over all origins. */
  readonly mostIdle: number;
}

/**
 * How long an applicant waits for a connection in use before another one is opened, in ms; after each further turn twice as many are.
 * So a short burst shares a connection, and a lasting stream has all it can use within a few turns. Opening one costs six times what a
 * request does: for 2,000 nodes with ten requests each at once, 12,500 requests/s with this against 3,000/s with one for each.
 */
const PATIENCE = 40;

/** What there is of one endpoint. */
interface Origin {
  readonly endpoint: Endpoint;
  /** Idle and in use. */
  connections: number;
  readonly idle: Connection[];
  readonly waiting: Applicant[];
  /** Runs while someone waits. */
  timer: NodeJS.Timeout | null;
  /** How many connections its next turn opens. */
  step: number;
}

/**
 * Kept-alive connections by origin, no more of them than attempts under way and the idle ones, and those are bounded over all origins:
 * ten thousand nodes don't use up the sockets.
 *
 * Not undici's own `Pool`: it can't give up a request that waits for its connection, so an attempt that timed out while connecting
 * would keep its place until the network gave up; and each of its pools keeps idle connections without knowing of the others.
 */
export class ConnectionPool {
  readonly #options: PoolOptions;
  readonly #origins = new Map<string, Origin>();
  /** In the order in which they became idle: the first one is the one to go when there are too many. */
  readonly #idle = new Set<Connection>();
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Starts the applicant, at once or when a connection is there for it. */
  apply(endpoint: Endpoint, applicant: Applicant): void {
    const origin = this.#originOf(endpoint);
    // The last one used is the one least likely to have been closed by the node meanwhile.
    const connection = origin.idle.at(-1);
    if (connection !== undefined) {
      this.#leaveIdle(connection, origin);
      applicant.start(connection);
    } else if (origin.connections === 0) {
      this.#open(origin, applicant);
    } else {
      origin.waiting.push(applicant);
      this.#scheduleTurn(origin);
    }
  }

  giveBack(connection: Connection): void {
    const origin = this.#originOf(connection.endpoint);
    const applicant = nextOf(origin);
    if (applicant !== undefined) return applicant.start(connection);
    if (this.#isClosed) return this.discard(connection);
    connection.isIdle = true;
    origin.idle.push(connection);
    this.#idle.add(connection);
    const [oldest] = this.#idle.size > this.#options.mostIdle ? this.#idle : [];
    if (oldest !== undefined) this.discard(oldest);
  }

  discard(connection: Connection): void {
    const origin = this.#originOf(connection.endpoint);
    if (connection.isIdle) this.#leaveIdle(connection, origin);
    connection.destroy();
    origin.connections -= 1;
    if (origin.connections > 0) return;
    // Nothing can be given back any more, so nothing is worth waiting for.
    const applicant = nextOf(origin);
    if (applicant !== undefined) return this.#open(origin, applicant);
    if (origin.timer !== null) clearTimeout(origin.timer);
    this.#origins.delete(origin.endpoint.key);
  }

  /** Ends the idle connections, and from now on each one that is given back and nobody waits for. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#idle) this.discard(connection);
  }

  #originOf(endpoint: Endpoint): Origin {
    let origin = this.#origins.get(endpoint.key);
    if (origin === undefined) {
      origin = { endpoint, connections: 0, idle: [], waiting: [], timer: null, step: 1 };
      this.#origins.set(endpoint.key, origin);
    }
    return origin;
  }

  #open(origin: Origin, applicant: Applicant): void {
    const connection = new Connection(origin.endpoint, this.#options);
    connection.client.on('disconnect', () => {
      if (connection.isIdle) this.discard(connection);
    });
    origin.connections += 1;
    applicant.start(connection);
  }

  #scheduleTurn(origin: Origin): void {
    origin.timer ??= setTimeout(() => this.#takeTurn(origin), PATIENCE);
  }

  #takeTurn(origin: Origin): void {
    origin.timer = null;
    const step = origin.step;
    origin.step *= 2;
    for (let i = 0; i < step; i += 1) {
      const applicant = nextOf(origin);
      if (applicant === undefined) {
        origin.step = 1;
        return;
      }
      this.#open(origin, applicant);
    }
    if (origin.waiting.length > 0) this.#scheduleTurn(origin);
  }

  #leaveIdle(connection: Connection, { idle }: Origin): void {
    connection.isIdle = false;
    this.#idle.delete(connection);
    if (idle.at(-1) === connection) idle.pop();
    else idle.splice(idle.indexOf(connection), 1);
  }
}

/** Who has waited longest and still wants a connection. */
function nextOf({ waiting }: Origin): Applicant | undefined {
  let applicant = waiting.shift();
  while (applicant?.isEnded === true) applicant = waiting.shift();
  return applicant;
}
