import type { AttemptFact, PurgeCounts } from '#core';
import type { Metrics } from '#runtime';

/** What a worker measures. Labels are of few values each: no node, no message. */
export interface WorkerMetrics {
  attempted(fact: AttemptFact): void;
  repaired(lanes: number): void;
  purged(counts: PurgeCounts): void;
}

/** Seconds. */
const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createWorkerMetrics(metrics: Metrics, busy: () => { lanes: number; suspects: number }): WorkerMetrics {
  const attempts = metrics.counter({
    name: 'orchestrator_attempts_total',
    help: 'Attempts made, by outcome and class of the status.',
    labels: ['outcome', 'status'],
  });
  const duration = metrics.histogram({
    name: 'orchestrator_attempt_duration_seconds',
    help: 'How long attempts took.',
    buckets: DURATIONS,
  });
  const finals = metrics.counter({
    name: 'orchestrator_deliveries_total',
    help: 'Deliveries that an attempt made final, by state.',
    labels: ['state'],
  });
  const repaired = metrics.counter({
    name: 'orchestrator_sweep_repairs_total',
    help: 'Lanes that the sweep found due and lost to the queue; in health none.',
  });
  const purged = metrics.counter({
    name: 'orchestrator_purged_total',
    help: 'Messages and log records removed, by kind.',
    labels: ['kind'],
  });
  metrics.gauge({
    name: 'orchestrator_lanes_busy',
    help: 'Lanes at work in this process.',
    collect: (gauge) => gauge.set(busy().lanes),
  });
  metrics.gauge({
    name: 'orchestrator_lanes_suspect',
    help: 'Lanes at work on nodes that only timed out.',
    collect: (gauge) => gauge.set(busy().suspects),
  });
  return {
    attempted({ attempt, decision, recorded }) {
      attempts.inc({ outcome: attempt.outcome, status: statusClass(attempt.status) });
      duration.observe(attempt.duration / 1000);
      if (decision.state !== 'pending' && recorded?.state === decision.state) finals.inc({ state: decision.state });
    },
    repaired: (lanes) => repaired.inc(lanes),
    purged(counts) {
      for (const [kind, count] of Object.entries(counts)) purged.inc({ kind }, count);
    },
  };
}

function statusClass(status: number | null): string {
  return status === null ? 'none' : `${Math.floor(status / 100)}xx`;
}
