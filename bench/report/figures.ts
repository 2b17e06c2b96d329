import type { IdleResult } from '../idle/idle.ts';
import type { LatencyAims, LatencyResult } from '../latency/latency.ts';
import type { BackEnd } from '../machine/servers.ts';
import type { BackEndResult } from '../run-bench.ts';
import type { Result } from './result.ts';
import { percentile } from './statistics.ts';

/** What `--json` writes. */
export interface Figures {
  /** Processors, system and Node.js, in words. */
  readonly machine: string;
  readonly cores: number;
  /** ISO 8601, when it was measured. */
  readonly at: string;
  /** The command line's options. */
  readonly command: string;
  readonly runs: number;
  /** Deliveries in the store that had been at work for weeks. */
  readonly held: number;
  readonly queues: readonly QueueFigures[];
}

export interface QueueFigures {
  readonly queue: BackEnd;
  readonly settings: string;
  readonly results: readonly Result[];
  readonly latencies: readonly LatencyFigures[];
  readonly idle: IdleResult | null;
}

/** Ms from the 202 to the node's receipt. */
export interface LatencyFigures {
  readonly scenario: string;
  readonly aims: LatencyAims;
  readonly capacity: number;
  readonly perSecond: number;
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly most: number;
}

export function queueFiguresOf({ latencies, ...rest }: BackEndResult): QueueFigures {
  return { ...rest, latencies: latencies.map(latencyFiguresOf) };
}

export function latencyFiguresOf({ latencies, ...rest }: LatencyResult): LatencyFigures {
  const at = (share: number) => percentile(latencies, share);
  return { ...rest, count: latencies.length, p50: at(0.5), p99: at(0.99), p999: at(0.999), most: at(1) };
}

/** Several files as one: of a scenario that was measured again on a back end, what came later counts. */
export function mergeFigures(all: readonly Figures[]): Figures {
  const sorted = all.toSorted((a, b) => a.at.localeCompare(b.at));
  const last = sorted.at(-1);
  if (last === undefined) throw new Error('expected at least one file of figures, got none');
  const queues = sorted.flatMap(({ queues }) => queues);
  const names = [...new Set(queues.map(({ queue }) => queue))];
  return {
    ...last,
    command: [...new Set(sorted.map(({ command }) => command))].join('; '),
    queues: names.map((name) => mergeQueue(queues.filter(({ queue }) => queue === name))),
  };
}

function mergeQueue(all: readonly QueueFigures[]): QueueFigures {
  const [first, ...others] = all;
  if (first === undefined) throw new Error('expected a back end, got none');
  return others.reduce(
    (merged, { settings, results, latencies, idle, queue }) => ({
      queue,
      settings,
      results: replaced(merged.results, results),
      latencies: replaced(merged.latencies, latencies),
      idle: idle ?? merged.idle,
    }),
    first,
  );
}

function replaced<One extends { scenario: string }>(before: readonly One[], after: readonly One[]): One[] {
  const latest = new Map([...before, ...after].map((one) => [one.scenario, one]));
  return [...latest.values()];
}
