import type { Metrics } from './metrics.ts';

/** What is looked at of a pool of connections: those of `pg` have it. */
export interface MeasuredPool {
  readonly totalCount: number;
  readonly idleCount: number;
  /** Statements that wait for a connection. */
  readonly waitingCount: number;
}

/** Shows how a pool stands: `waiting` above 0 for longer than a moment says that it is too small, or the database too slow. */
export function measurePool(metrics: Metrics, name: string, pool: MeasuredPool): void {
  metrics.gauge({
    name: 'orchestrator_database_connections',
    help: 'Connections to PostgreSQL by pool: in use, idle, and statements that wait for one.',
    labels: ['pool', 'state'],
    collect(gauge) {
      gauge.set({ pool: name, state: 'busy' }, pool.totalCount - pool.idleCount);
      gauge.set({ pool: name, state: 'idle' }, pool.idleCount);
      gauge.set({ pool: name, state: 'waiting' }, pool.waitingCount);
    },
  });
}
