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
/** Seconds: from what a healthy node takes to what the retries of a day take. */
const LATENCIES = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1_800, 7_200, 86_400];

export interface WorkerMetricsOptions {
  /** Lanes under lease now, and those of suspect nodes among them. */
  busy(): { readonly lanes: number; readonly suspects: number };
  /** Most lanes at a time. */
  readonly slots: number;
  /** Milliseconds since the epoch. */
  now(): number;
}

export function createWorkerMetrics(metrics: Metrics, { busy, slots, now }: WorkerMetricsOptions): WorkerMetrics {
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
  const latency = metrics.histogram({
    name: 'orchestrator_delivery_latency_seconds',
    help: 'From the acceptance of a message to its delivery, by the number of attempts it took.',
    labels: ['attempts'],
    buckets: LATENCIES,
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
  metrics.gauge({
    name: 'orchestrator_lanes_slots',
    help: 'Lanes that this process works on at most.',
    collect: (gauge) => gauge.set(slots),
  });
  return {
    attempted({ attempt, decision, delivery, recorded }) {
      attempts.inc({ outcome: attempt.outcome, status: statusClass(attempt.status) });
      duration.observe(attempt.duration / 1000);
      if (decision.state === 'pending' || recorded?.state !== decision.state) return;
      finals.inc({ state: decision.state });
      if (decision.state !== 'delivered') return;
      const age = Math.max(0, now() - delivery.message.createdAt.getTime());
      latency.observe({ attempts: recorded.attempts === 1 ? 'one' : 'more' }, age / 1000);
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
