import type { LaneEnd } from '#core';

/** A run that a test decides the end of; aborted, it gives its lane back as it should. */
export interface Run {
  readonly nodeId: string;
  readonly signal: AbortSignal;
  end(end: LaneEnd): void;
  fail(error: unknown): void;
}

/** Lanes whose every step waits for the test. */
export interface ScriptedLanes {
  /** For `consumeLanes`. */
  run(nodeId: string, signal: AbortSignal): Promise<LaneEnd>;
  /** For `consumeLanes`. */
  afterDelay(nodeId: string): Promise<void>;
  /** The next run, as soon as it has begun. */
  next(): Promise<Run>;
  /** The node of the next look after a delay. */
  nextLook(): Promise<string>;
  /** Runs that have begun and not been asked for. */
  unseen(): number;
  /** What a look does, beyond being counted. */
  onLook: (nodeId: string) => Promise<void>;
}

export const IDLE: LaneEnd = { kind: 'idle' };
export const inSeconds = (seconds: number): LaneEnd => ({ kind: 'later', seconds });

export function scriptedLanes(): ScriptedLanes {
  const runs = channel<Run>();
  const looks = channel<string>();
  const lanes: ScriptedLanes = {
    run: (nodeId, signal) =>
      new Promise<LaneEnd>((resolve, reject) => {
        runs.put({ nodeId, signal, end: resolve, fail: reject });
        signal.addEventListener('abort', () => resolve(inSeconds(0)));
      }),
    async afterDelay(nodeId) {
      looks.put(nodeId);
      await lanes.onLook(nodeId);
    },
    next: runs.take,
    nextLook: looks.take,
    unseen: runs.size,
    onLook: () => Promise.resolve(),
  };
  return lanes;
}

/** Values in the order they were put, each taken once. */
function channel<Value>() {
  const values: Value[] = [];
  const takers: ((value: Value) => void)[] = [];
  return {
    put(value: Value) {
      const taker = takers.shift();
      if (taker) taker(value);
      else values.push(value);
    },
    take: (): Promise<Value> => {
      const value = values.shift();
      return value === undefined ? new Promise((resolve) => takers.push(resolve)) : Promise.resolve(value);
    },
    size: () => values.length,
  };
}
