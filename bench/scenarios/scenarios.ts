import type { LatencyScenario } from '../latency/latency.ts';
import { drain } from './drain.ts';
import { fanOut } from './fan-out.ts';
import { drainHeld } from './held.ts';
import { intake } from './intake.ts';
import { purge } from './purge.ts';
import type { Scenario } from './scenario.ts';

/** Every scenario, in the order in which they are run. */
export const SCENARIOS: readonly Scenario[] = [
  intake('intake-single', { batch: 1, connections: 128, aims: { ratio: 0.8 } }),
  intake('intake-batch', { batch: 100, connections: 8, aims: { perSecond: 25_000 } }),
  intake('intake-1000-destinations', { batch: 1, connections: 8, destinations: 1_000, scale: 5, aims: {} }),
  drain('drain-20', { nodes: 20, aims: { ratio: 0.5, times: 10 } }),
  drain('drain-2000', { nodes: 2_000, aims: { ratio: 0.35, times: 10 } }),
  drain('drain-1', { nodes: 1, aims: {}, scale: 0.5 }),
  drain('drain-100kB', { nodes: 20, aims: {}, payload: 100_000, scale: 0.1 }),
  drain('mixed', { nodes: 20, aims: {}, failing: 10 }),
  fanOut(10_000, { ratio: 0.35, times: 10 }),
  ...[1, 2, 4].map((workers) => drain(`workers-${workers}`, { nodes: 20, aims: {}, workers, rowByRow: false })),
  drainHeld,
  purge,
];

const LATENCY = { aims: { p50: 10, p99: 50 }, load: 0.25 };

/** Those that measure times instead of rates, after the others. */
export const LATENCIES: readonly LatencyScenario[] = [
  { name: 'latency', held: false, ...LATENCY },
  { name: 'latency-held', held: true, ...LATENCY },
];

/** What happens while nothing happens, last. */
export const IDLE = 'idle';
