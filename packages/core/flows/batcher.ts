/**
 * Group commit: what is submitted while a run is under way goes into the next run. There is no timer, so a lone item never waits,
 * and the busier it gets, the larger the groups. Intake and lanes share their statements this way.
 */
export interface Batcher<Item, Result> {
  /** Resolves with the item's own result; rejects with the error of its run, or with `BatcherFull`. */
  submit(item: Item): Promise<Result>;
  /** Resolves when nothing is queued or under way. */
  idle(): Promise<void>;
}

export interface BatcherOptions<Item, Result> {
  /** Answers a result for each item, in order. A rejection is the result of every item of the run. */
  run(items: readonly Item[]): Promise<readonly Result[]>;
  /** Most items in one run. */
  maxItems: number;
  /** Weighs an item, so that a run of large ones stays bounded too; an item heavier than `maxWeight` runs alone. */
  weigh?: (item: Item) => number;
  maxWeight?: number;
  /** Most weight waiting for a run; above it `submit` refuses. */
  maxWaiting?: number;
  /** Runs under way at once. */
  concurrency?: number;
  /**
   * When every run there may be has been under way for longer than this, what is submitted is refused, and what waits with it; so is what
   * still waits when such a run fails. Without it whoever submits to what has stopped waits for as long as that takes.
   */
  stall?: Stall;
}

export interface Stall {
  /** Milliseconds on a clock that never jumps. */
  now(): number;
  /** Ms. */
  readonly after: number;
}

/** More is waiting than the batcher may hold, or waits for what has stopped. */
export class BatcherFull extends Error {
  readonly code = 'OVERLOADED';
  constructor() {
    super('too much work is waiting: try again shortly');
  }
}

interface Waiting<Item, Result> {
  item: Item;
  weight: number;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  const { maxItems, weigh = () => 1, maxWeight = Infinity, maxWaiting = Infinity, concurrency = 1 } = options;
  const { now, after } = options.stall ?? { now: () => 0, after: Infinity };
  const begun = new Set<{ readonly at: number }>();
  let waiting: Waiting<Item, Result>[] = [];
  let waitingWeight = 0;
  let running = 0;
  let scheduled = false;
  const idlers: (() => void)[] = [];

  function takeGroup(): Waiting<Item, Result>[] {
    let weight = 0;
    let count = 0;
    for (const entry of waiting) {
      if (count === maxItems || (count > 0 && weight + entry.weight > maxWeight)) break;
      weight += entry.weight;
      count += 1;
    }
    waitingWeight -= weight;
    const group = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return group;
  }

  function isStalled(): boolean {
    const longAgo = now() - after;
    return begun.size >= concurrency && [...begun].every(({ at }) => at < longAgo);
  }

  function refuseWaiting(): void {
    const refused = waiting;
    waiting = [];
    waitingWeight = 0;
    for (const { reject } of refused) reject(new BatcherFull());
  }

  async function runGroup(group: Waiting<Item, Result>[]): Promise<void> {
    const run = { at: now() };
    begun.add(run);
    try {
      const results = await options.run(group.map((entry) => entry.item));
      group.forEach((entry, i) => entry.resolve(results[i] as Result));
    } catch (error) {
      for (const entry of group) entry.reject(error);
      if (isStalled()) refuseWaiting();
    } finally {
      begun.delete(run);
      running -= 1;
      start();
    }
  }

  function start(): void {
    scheduled = false;
    while (running < concurrency && waiting.length > 0) {
      running += 1;
      void runGroup(takeGroup());
    }
    if (running === 0) {
      for (const resolve of idlers.splice(0)) resolve();
    }
  }

  return {
    submit(item) {
      const weight = weigh(item);
      const isFull = waitingWeight + weight > maxWaiting && waiting.length > 0;
      if (isStalled()) refuseWaiting();
      if (isFull || isStalled()) return Promise.reject(new BatcherFull());
      return new Promise((resolve, reject) => {
        waiting.push({ item, weight, resolve, reject });
        waitingWeight += weight;
        // Not at once, so that what one turn of the event loop submits shares its first run.
        if (running < concurrency && !scheduled) {
          scheduled = true;
          setImmediate(start);
        }
      });
    },
    idle() {
      if (running === 0 && waiting.length === 0) return Promise.resolve();
      return new Promise((resolve) => idlers.push(resolve));
    },
  };
}
