import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '#core';
import pg from 'pg';

export interface NodeWatchOptions {
  /** `postgres://…` */
  readonly url: string;
  /**
   * Called when nodes may have changed: once listening has begun, after each change, and when a connection that was lost is back. What
   * changes while it is at work is taken in by one more call. It is called again after it rejected.
   */
  onChange(): void | Promise<void>;
  readonly report: Report;
}

export interface NodeWatch {
  /** Resolves when the connection is closed and no call is under way. Stopping twice is safe. */
  stop(): Promise<void>;
}

const CHANNEL = 'node_changed';

/** In ms: how often a silent connection is asked for an answer, and how long that may take. */
const HEARTBEAT = 10_000;
const ANSWER = 5_000;

const CONNECTION = {
  connectionTimeoutMillis: ANSWER,
  query_timeout: ANSWER,
  keepAlive: true,
  application_name: 'distribution-orchestrator',
} satisfies pg.ClientConfig;

/** In ms: how long it takes to try again, doubled up to the last. */
const RETRY_FROM = 100;
const RETRY_TO = 5_000;

/** Listens for changes of nodes, over a connection of its own that comes back whenever it is lost. */
export function watchNodes(options: NodeWatchOptions): NodeWatch {
  const stopping = new AbortController();
  const watching = watch(options, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}

async function watch(options: NodeWatchOptions, signal: AbortSignal): Promise<void> {
  for (let tries = 0; !signal.aborted; tries += 1) {
    try {
      await listen(options, signal, () => (tries = 0));
    } catch (error) {
      options.report.warn('nodes.unwatched', { tries: tries + 1, error });
      await pause(Math.min(RETRY_FROM * 2 ** tries, RETRY_TO), signal);
    }
  }
}

type Event = 'changed' | 'silent' | 'lost' | 'stopped';

/** Resolves once stopped; rejects when the connection is lost or does not answer, or a change could not be taken in. */
async function listen({ url, onChange }: NodeWatchOptions, signal: AbortSignal, onCurrent: () => void): Promise<void> {
  const events = createInbox<Event>();
  let cause: unknown = new Error('the connection ended');
  const client = new pg.Client({ connectionString: url, ...CONNECTION })
    .on('notification', () => events.post('changed'))
    .on('end', () => events.post('lost'))
    .on('error', (error) => {
      cause = error;
      events.post('lost');
    });
  const stop = () => events.post('stopped');
  const heartbeat = setInterval(() => events.post('silent'), HEARTBEAT);
  signal.addEventListener('abort', stop);
  try {
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
    // The first look takes in whatever changed before.
    events.post('changed');
    while (!signal.aborted) {
      const posted = await events.take();
      if (posted.has('lost')) throw cause;
      if (posted.has('changed')) {
        await onChange();
        onCurrent();
      } else if (posted.has('silent')) await client.query('SELECT 1');
    }
  } finally {
    clearInterval(heartbeat);
    signal.removeEventListener('abort', stop);
    await close(client);
  }
}

/** Says goodbye, unless the server does not listen any more. */
async function close(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => client.connection.stream.destroy(), ANSWER);
  try {
    await client.end();
  } catch {
    // It is gone, which is what was wanted.
  } finally {
    clearTimeout(timer);
  }
}

/** What came since one last looked, each kind once. */
function createInbox<Kind>() {
  let posted = new Set<Kind>();
  let wake: (() => void) | undefined;
  return {
    post(kind: Kind): void {
      posted.add(kind);
      wake?.();
    },
    /** Waits until there is something. */
    async take(): Promise<ReadonlySet<Kind>> {
      if (posted.size === 0) await new Promise<void>((resolve) => (wake = resolve));
      wake = undefined;
      const taken = posted;
      posted = new Set();
      return taken;
    },
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    // Stopped, which the caller looks at next.
  }
}
