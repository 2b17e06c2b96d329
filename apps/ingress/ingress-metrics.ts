import type { AcceptMessages, Report } from '#core';
import type { NodeBacklog, StatsStore } from '#persistence';
import type { LaneQueue } from '#queue';
import { measureQueue, type Gauge, type Metrics } from '#runtime';

export interface IngressMetricsOptions {
  readonly stats: StatsStore;
  readonly queue: Pick<LaneQueue, 'isReachable' | 'queues'>;
  readonly report: Report;
}

/** Nodes that have series of their own, the largest backlogs first; the others are added up as `(others)`. */
const MOST_NODES = 50;
const OTHERS = '(others)';

/** What an ingress shows of the whole system when it is asked, from figures that are kept for a while: see `createStatsStore`. */
export function measureSystem(metrics: Metrics, { stats, queue, report }: IngressMetricsOptions): void {
  measureQueue(metrics, 'ingress', queue);
  measureJobs(metrics, queue, report);
  /** Shows nothing where the database does not answer: the other metrics may say why. */
  const kept = <Label extends string>(set: (gauge: Gauge<Label>) => Promise<void>) => {
    return async (gauge: Gauge<Label>) => {
      gauge.reset();
      try {
        await set(gauge);
      } catch (error) {
        report.warn('metrics.incomplete', { error });
      }
    };
  };
  metrics.gauge({
    name: 'orchestrator_deliveries',
    help: 'Deliveries there are, by state; delivered ones above 100,000 are estimated.',
    labels: ['state'],
    collect: kept(async (gauge) => {
      const { deliveries } = await stats.read();
      for (const [state, count] of Object.entries(deliveries)) gauge.set({ state }, count);
    }),
  });
  metrics.gauge({
    name: 'orchestrator_backlog',
    help: 'Deliveries pending, by node.',
    labels: ['node'],
    collect: kept(async (gauge) => {
      for (const { node, backlog } of bounded((await stats.read()).nodes)) gauge.set({ node }, backlog);
    }),
  });
  metrics.gauge({
    name: 'orchestrator_oldest_due_age_seconds',
    help: 'Seconds since the first of them fell due, by node; 0 when none is due.',
    labels: ['node'],
    collect: kept(async (gauge) => {
      for (const { node, oldestDueAge } of bounded((await stats.read()).nodes)) gauge.set({ node }, oldestDueAge);
    }),
  });
  metrics.gauge({
    name: 'orchestrator_nodes_suspect',
    help: 'Nodes that only timed out lately.',
    collect: kept(async (gauge) => gauge.set(await stats.countSuspects())),
  });
}

function bounded(nodes: readonly NodeBacklog[]): readonly NodeBacklog[] {
  const rest = nodes.slice(MOST_NODES);
  if (rest.length === 0) return nodes;
  const others = {
    node: OTHERS,
    backlog: rest.reduce((sum, { backlog }) => sum + backlog, 0),
    oldestDueAge: Math.max(...rest.map(({ oldestDueAge }) => oldestDueAge)),
  };
  return [...nodes.slice(0, MOST_NODES), others];
}

const JOB_STATES = ['waiting', 'active', 'delayed', 'failed'] as const;

function measureJobs(metrics: Metrics, queue: IngressMetricsOptions['queue'], report: Report): void {
  metrics.gauge({
    name: 'orchestrator_queue_jobs',
    help: 'Jobs in the queue, by queue and state. They are hints: what is due is in the backlog.',
    labels: ['queue', 'state'],
    async collect(gauge) {
      gauge.reset();
      if (!queue.isReachable()) return;
      try {
        for (const one of queue.queues()) {
          const counts = await one.getJobCounts(...JOB_STATES);
          for (const state of JOB_STATES) gauge.set({ queue: one.name, state }, counts[state] ?? 0);
        }
      } catch (error) {
        report.warn('metrics.incomplete', { error });
      }
    },
  });
}

/** Counts what is accepted, by whether it is new. */
export function measureAccepted(metrics: Metrics, accept: AcceptMessages): AcceptMessages {
  const messages = metrics.counter({
    name: 'orchestrator_messages_accepted_total',
    help: 'Messages accepted: new ones, and repeats of one that was there.',
    labels: ['kind'],
  });
  const deliveries = metrics.counter({
    name: 'orchestrator_deliveries_accepted_total',
    help: 'Deliveries that new messages made.',
  });
  return async (...call) => {
    const acceptance = await accept(...call);
    if (acceptance.kind !== 'accepted') return acceptance;
    for (const message of acceptance.messages) {
      messages.inc({ kind: message.repeated ? 'repeated' : 'new' });
      if (!message.repeated) deliveries.inc(message.deliveries.length);
    }
    return acceptance;
  };
}
