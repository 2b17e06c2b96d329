import { setTimeout as delay } from 'node:timers/promises';
import { createPostgresBackend } from 'bullmq';
import { LONGEST_WAIT, RETRY_DELAY } from '../settings.ts';

/**
 * BullMQ's PostgreSQL back end with two of its habits changed, both seen in version 6.7:
 *
 * - after a failed wait a worker waits for up to an hour for a notification, whatever is due meanwhile; now as long as on Redis;
 * - a worker that can't take a job for any reason but a refused connection, such as a server in recovery, tries again at once, thousands
 *   of times a second; now after a second.
 */
export const createBackend: typeof createPostgresBackend = (name, options, factoryOptions) => {
  const backend = createPostgresBackend(name, options, factoryOptions);
  Object.defineProperty(backend, 'maximumBlockTimeout', { value: LONGEST_WAIT / 1000 });
  const moveToActive = backend.moveToActive.bind(backend);
  backend.moveToActive = async (...args) => {
    try {
      return await moveToActive(...args);
    } catch (error) {
      await delay(RETRY_DELAY, undefined, { ref: false });
      throw error;
    }
  };
  return backend;
};
