import type { EventEmitter } from 'node:events';
import { createPostgresBackend, type PostgresQueueBackend } from 'bullmq';
import { LONGEST_WAIT, RETRY_DELAY } from '../settings.ts';

/**
 * BullMQ's PostgreSQL back end, version 6.7, with three of its habits changed:
 *
 * - after a wait that failed a worker waits for up to an hour for the next notification, whatever falls due meanwhile; here as on Redis;
 * - a worker with jobs waiting that can't take one, for any reason but a refused connection, tries again at once: with a server that lets
 *   nobody in, as in recovery, 100 connections a second were measured, and two fifths of a CPU. Here one a second;
 * - the client that hears notifications is listened to for errors only after it has connected, and no more once it is being closed: one
 *   that is cut off in between took the process with it. Here its errors are heard from first to last.
 */
export const createBackend: typeof createPostgresBackend = (name, options, factoryOptions) => {
  const backend = createPostgresBackend(name, options, factoryOptions);
  Object.defineProperty(backend, 'maximumBlockTimeout', { value: LONGEST_WAIT / 1000 });
  tryAgainLater(backend);
  hearEveryError(backend);
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
  Client: new (config: unknown) => EventEmitter;
}

function hearEveryError(backend: PostgresQueueBackend): void {
  const { connection } = backend as unknown as { connection: { pgModule: ClientModule } };
  const { Client } = connection.pgModule;
  connection.pgModule = {
    Client: class extends Client {
      override emit(event: string | symbol, ...args: unknown[]): boolean {
        if (event === 'error' && this.listenerCount('error') === 0) return false;
        return super.emit(event, ...args);
      }
    },
  };
}
