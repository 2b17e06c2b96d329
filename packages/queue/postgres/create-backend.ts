import type { EventEmitter } from 'node:events';
import { createPostgresBackend, type PostgresQueueBackend } from 'bullmq';
import { LONGEST_WAIT, RETRY_DELAY } from '../settings.ts';

/**
 * BullMQ's PostgreSQL back end, version 6.7, with four of its habits changed:
 *
 * - after a wait that failed a worker waits for up to an hour for the next notification, whatever falls due meanwhile; here as on Redis;
 * - a worker with jobs waiting that can't take one, for any reason but a refused connection, tries again at once: with a server that lets
 *   nobody in, as in recovery, 100 connections a second were measured, and two fifths of a CPU. Here one a second;
 * - the client that hears notifications asks nothing once it listens, so that over a line that has become half open it never learns that it
 *   hears nothing: every job then waited for the longest wait. Here it asks again and again, and is replaced when it gets no answer;
 * - it is listened to for errors only after it has connected, and no more once it is being closed: one
 *   that is cut off in between took the process with it. Here its errors are heard from first to last.
 */
export const createBackend: typeof createPostgresBackend = (name, options, factoryOptions) => {
  const backend = createPostgresBackend(name, options, factoryOptions);
  Object.defineProperty(backend, 'maximumBlockTimeout', { value: LONGEST_WAIT / 1000 });
  tryAgainLater(backend);
  watchListener(backend);
  return backend;
};

function tryAgainLater(backend: PostgresQueueBackend): void {
  const moveToActive = backend.moveToActive.bind(backend);
  backend.moveToActive = async (...args) => {
    try {
      return await moveToActive(...args);
    } catch (error) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY).unref());
      throw error;
    }
  };
}

/** What BullMQ keeps of the module `pg`; private, hence the types of our own. */
interface ClientModule {
  Client: new (config: unknown) => Listener;
}

interface Listener extends EventEmitter {
  readonly connection: { readonly stream: { destroy(): void } };
  query(config: { readonly text: string; readonly query_timeout: number }): Promise<unknown>;
}

/** Ms between two questions to a server that has nothing to tell, and how long its answer may take. */
const HEARTBEAT = 10_000;
const ANSWER = 5_000;

function watchListener(backend: PostgresQueueBackend): void {
  const { connection } = backend as unknown as { connection: { pgModule: ClientModule } };
  const { Client } = connection.pgModule;
  connection.pgModule = {
    Client: class extends Client {
      constructor(config: unknown) {
        super(config);
        ask(this);
      }
      override emit(event: string | symbol, ...args: unknown[]): boolean {
        if (event === 'error' && this.listenerCount('error') === 0) return false;
        return super.emit(event, ...args);
      }
    },
  };
}

/** One that does not answer, or has ended, is asked no more. */
function ask(client: Listener): void {
  const heartbeat = setInterval(() => {
    client.query({ text: 'SELECT 1', query_timeout: ANSWER }).catch(() => {
      clearInterval(heartbeat);
      // BullMQ hears of it as an error, and makes another one.
      client.connection.stream.destroy();
    });
  }, HEARTBEAT);
  heartbeat.unref();
}
