import type { Metrics } from './metrics.ts';

/** Shows whether the queue answers a part of the system: without it lanes are looked for in PostgreSQL. */
export function measureQueue(metrics: Metrics, part: string, queue: { isReachable(): boolean }): void {
  metrics.gauge({
    name: 'orchestrator_queue_reachable',
    help: 'Whether the queue answered when last looked at: 1 or 0.',
    labels: ['part'],
    collect: (gauge) => gauge.set({ part }, queue.isReachable() ? 1 : 0),
  });
}
