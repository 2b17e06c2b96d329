import type { Report } from '../flows/report.ts';
import type { NodeAddress } from './node.ts';
import { createRegistry, type Registry } from './registry.ts';

/** Where the nodes are kept. */
export interface RegistrySource {
  load(): Promise<NodeAddress[]>;
  /** Calls back after every change, wherever in the fleet it was made, and whenever changes may have been missed, as after a lost connection. */
  onChange(listener: () => void): void;
}

/** The registry as it is now, kept fresh by its source. */
export interface LiveRegistry {
  /** Loads the nodes for the first time. */
  start(): Promise<void>;
  /** The newest state; throws before `start`. */
  current(): Registry;
  /** Resolves to a state that was read after this call; rejects when it can't be read. Calls that come close together share one load. */
  refresh(): Promise<Registry>;
}

export interface LiveRegistryOptions {
  readonly source: RegistrySource;
  readonly report: Report;
  /** Resolves after so many seconds. */
  pause(seconds: number): Promise<void>;
}

/** Loads begin at least so far apart, in seconds: whoever names unknown nodes all day costs four loads a second. */
const SPACING = 0.25;

export function createLiveRegistry({ source, report, pause }: LiveRegistryOptions): LiveRegistry {
  let registry: Registry | undefined;
  /** Ends when the next load may begin: the last one is over, and so is the pause after its start. */
  let turn: Promise<unknown> = Promise.resolve();
  /** A load that is asked for and has not begun. */
  let next: Promise<Registry> | undefined;

  async function load(): Promise<Registry> {
    next = undefined;
    const paused = pause(SPACING);
    const loading = source.load();
    turn = Promise.allSettled([loading, paused]);
    registry = createRegistry(await loading);
    return registry;
  }

  function refresh(): Promise<Registry> {
    next ??= turn.then(load);
    return next;
  }

  return {
    async start() {
      source.onChange(() => {
        refresh().catch((error: unknown) => report.warn('registry.stale', { error }));
      });
      await refresh();
    },
    current() {
      if (registry === undefined) throw new Error('the registry of nodes is not loaded yet');
      return registry;
    },
    refresh,
  };
}
