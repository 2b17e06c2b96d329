import Table from 'cli-table3';
import { percentile } from '../report/statistics.ts';
import type { LatencyResult } from './latency.ts';

/** The figures of one back end, with the aims beside them. Ms from the answer 202 to the node's receipt. */
export function latencyTableOf(results: readonly LatencyResult[]): string {
  const table = new Table({
    head: ['scenario', 'capacity/s', 'sent/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'most ms'],
    style: { head: [], border: [] },
  });
  for (const { scenario, aims, capacity, perSecond, latencies } of results) {
    table.push([
      scenario,
      whole(capacity),
      whole(perSecond),
      withAim(percentile(latencies, 0.5), aims.p50),
      withAim(percentile(latencies, 0.99), aims.p99),
      tenths(percentile(latencies, 0.999)),
      tenths(percentile(latencies, 1)),
    ]);
  }
  return table.toString();
}

function withAim(value: number, aim: number): string {
  return `${tenths(value)}\n≤ ${aim}: ${value <= aim ? 'met' : 'MISSED'}`;
}

const whole = (value: number) => Math.round(value).toLocaleString('en');
const tenths = (value: number) => value.toFixed(1);
