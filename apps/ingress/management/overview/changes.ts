import type { Report } from '#core';
import type { Stamp } from '#persistence';
import type { ServerResponse } from 'node:http';

/** Tells browsers that something changed, by server-sent events. One look at the database serves them all, and none listening costs none. */
export interface Changes {
  /** Writes events to an answer whose headers are set, until it is closed. */
  follow(response: ServerResponse): void;
  /** Ends every stream. */
  stop(): void;
}

export interface ChangesOptions {
  stamp(): Promise<Stamp>;
  readonly report: Report;
  /** Milliseconds between two looks. */
  readonly every?: number;
  /** Milliseconds after which a stream ends, so that who may not listen any more is found out when it is opened again. */
  readonly longest?: number;
}

const EVERY = 2_000;
const LONGEST = 600_000;

/** A word now and then keeps proxies from cutting a silent stream. */
const SILENCE = 20_000;

export function createChanges({ stamp, report, every = EVERY, longest = LONGEST }: ChangesOptions): Changes {
  const listeners = new Set<ServerResponse>();
  let last: Stamp | undefined;
  let timer: NodeJS.Timeout | undefined;
  let starting: Promise<void> | undefined;
  let spokenAt = performance.now();

  function tell(text: string): void {
    spokenAt = performance.now();
    for (const response of listeners) response.write(text);
  }
  async function look(): Promise<void> {
    const present = await stamp();
    const event = last === undefined ? null : changeBetween(last, present);
    last = present;
    if (event !== null) tell(`event: changed\ndata: ${JSON.stringify(event)}\n\n`);
    else if (performance.now() - spokenAt > SILENCE) tell(': still here\n\n');
  }
  async function tryToLook(): Promise<void> {
    try {
      await look();
    } catch (error) {
      report.warn('changes.unseen', { error });
    }
  }
  /** The next look comes after the one before it has ended, however long it took. */
  function lookLater(): void {
    timer = setTimeout(() => void tryToLook().finally(() => (listeners.size === 0 ? rest() : lookLater())), every);
    timer.unref();
  }
  function lookFirst(): Promise<void> {
    starting ??= tryToLook().finally(() => {
      starting = undefined;
      if (timer === undefined) lookLater();
    });
    return starting;
  }
  /** A page reads everything once its stream is open: what there was must be known by then, or what changes next is missed. */
  async function greet(response: ServerResponse): Promise<void> {
    if (last === undefined) await lookFirst();
    if (listeners.has(response)) response.write('retry: 3000\n\n');
  }
  /** Whoever's stream has ended is told nothing more: writing to it would be an error. */
  function letGo(response: ServerResponse): void {
    listeners.delete(response);
    response.end();
  }
  function rest(): void {
    timer = undefined;
    last = undefined;
  }

  return {
    follow(response) {
      listeners.add(response);
      const end = setTimeout(() => letGo(response), longest);
      end.unref();
      response.on('close', () => {
        clearTimeout(end);
        listeners.delete(response);
      });
      void greet(response);
    },
    stop() {
      for (const response of listeners) letGo(response);
    },
  };
}

/** Which parts of the console have news; null when none has. */
export function changeBetween(before: Stamp, after: Stamp) {
  const counted = JSON.stringify(before.counts) !== JSON.stringify(after.counts);
  const logged = before.log !== after.log;
  if (!counted && !logged) return null;
  return { overview: true, nodes: true, frozen: before.frozen !== after.frozen, logged, counts: after.counts };
}
