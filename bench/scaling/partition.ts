import type { EventQueue } from './event-queue.ts';

export interface PartitionCosts {
  /** Worker processes of a partition, each with a core. */
  readonly workers: number;
  /** Cores of its PostgreSQL that deliveries have. */
  readonly postgres: number;
  /** CPU µs a delivery. */
  readonly cpu: { readonly worker: number; readonly postgres: number };
  /** Deliveries that a lane takes at a time, `delivery.batch`. */
  readonly batch: number;
}

/** One database with its workers. */
export interface Partition {
  accept(node: number): void;
  /** The database answers nothing any more. */
  halt(): void;
  resume(): void;
  /** Seconds from acceptance to recording, of each delivery. */
  readonly waits: readonly number[];
  /** Seconds that its workers were busy, on average. */
  used(): number;
  /** The most that waited at a time. */
  most(): number;
  /** When a delivery was last recorded that had waited longer than a second. */
  late(): number;
}

/** Seconds. */
const LATE = 1;

/** Places of the line that were served already and are not cleared away yet. */
const KEPT = 100_000;

/**
 * Lanes wait in line, one a node; a free worker takes the first, at most a batch of it, then PostgreSQL reads and records it. A lane with
 * more goes to the back of the line.
 */
export function createPartition(events: EventQueue, { workers, postgres, cpu, batch }: PartitionCosts): Partition {
  const backlogs = new Map<number, number[]>();
  const line: number[] = [];
  let head = 0;
  const waits: number[] = [];
  let [waiting, most, late, used] = [0, 0, 0, 0];
  let halted = false;
  const work = createStation(events, workers);
  const record = createStation(events, postgres);

  function next(): void {
    while (!halted && work.isFree() && head < line.length) {
      const node = line[head] ?? 0;
      head += 1;
      const backlog = backlogs.get(node) ?? [];
      const taken = backlog.splice(0, batch);
      const seconds = (taken.length * cpu.worker) / 1e6;
      used += seconds;
      work.serve(seconds, () => {
        record.serve((taken.length * cpu.postgres) / 1e6, () => finish(node, taken));
        next();
      });
    }
    forgetServed();
  }
  function forgetServed(): void {
    if (head < KEPT) return;
    line.splice(0, head);
    head = 0;
  }
  function finish(node: number, taken: readonly number[]): void {
    for (const at of taken) waits.push(events.now - at);
    waiting -= taken.length;
    if (events.now - (taken[0] ?? events.now) > LATE) late = events.now;
    if ((backlogs.get(node)?.length ?? 0) > 0) line.push(node);
    else backlogs.delete(node);
    next();
  }
  return {
    waits,
    accept(node) {
      const backlog = backlogs.get(node);
      waiting += 1;
      most = Math.max(most, waiting);
      if (backlog !== undefined) return void backlog.push(events.now);
      backlogs.set(node, [events.now]);
      line.push(node);
      next();
    },
    halt: () => void (halted = true),
    resume() {
      halted = false;
      next();
    },
    used: () => used / workers,
    most: () => most,
    late: () => late,
  };
}

interface Station {
  isFree(): boolean;
  /** In the order asked for, so many at a time. */
  serve(seconds: number, done: () => void): void;
}

function createStation(events: EventQueue, servers: number): Station {
  const queue: (readonly [number, () => void])[] = [];
  let busy = 0;
  function start(seconds: number, done: () => void): void {
    busy += 1;
    events.after(seconds, () => {
      busy -= 1;
      const following = queue.shift();
      if (following !== undefined) start(...following);
      done();
    });
  }
  return {
    isFree: () => busy < servers,
    serve(seconds, done) {
      if (busy < servers) start(seconds, done);
      else queue.push([seconds, done]);
    },
  };
}
