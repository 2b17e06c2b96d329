import type { LatencyScenario } from '../latency/latency.ts';
import { drain } from './drain.ts';
import { intake } from './intake.ts';
import type { Scenario } from './scenario.ts';

/** Every scenario, in the order in which they are run. */
export const SCENARIOS: readonly Scenario[] = [
  intake('intake-single', { batch: 1, connections: 128, aims: { ratio: 0.5 } }),
  intake('intake-batch', { batch: 100, connections: 8, aims: { perSecond: 15_000 } }),
  drain(20, { ratio: 0.3, times: 6 }),
  drain(2_000, { ratio: 0.15 }),
];

/** Those that measure times instead of rates, after the others. */
export const LATENCIES: readonly LatencyScenario[] = [{ name: 'latency', aims: { p50: 10, p99: 50 }, load: 0.25 }];
