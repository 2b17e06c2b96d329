import type { Figures, QueueFigures } from '../report/figures.ts';
import { markdownTable } from '../report/fill-markers.ts';
import { hundredths, tenths, whole } from '../report/markdown.ts';
import { checkModel, CHECK_AIM, costsOf } from './check.ts';
import { coresFor, limitsOf, PLANNED, type Costs } from './predict.ts';
import { simulateDay } from './simulate-day.ts';
import { simulateFleet, type FleetOutcome } from './simulate-fleet.ts';

/** Messages to one node each, a second and a day. */
const WANTED = 100_000;
const A_DAY = 1_000_000_000;

/** What one partition of the plan has: a database of so many cores, of which deliveries and intake share. */
const DATABASE_CORES = 8;
const SEED = 20_261_124;

/** Seconds of the fleet's life; twice as long where one database is out, for half as long. */
const SIMULATED = 20;

/** The texts of `docs/scaling.md`, by the names of its markers: all computed from what was measured. */
export function scalingTexts({ queues, cores }: Figures, seconds = SIMULATED): Record<string, string> {
  const measured = queues.flatMap((queue) => {
    const costs = costsOf(queue.results);
    return costs === null ? [] : [{ queue, costs }];
  });
  const redis = measured.find(({ queue }) => queue.queue === 'redis') ?? measured[0];
  if (redis === undefined) throw new Error('expected figures of intake-single and drain-20, got neither');
  const partitions = partitionsFor(redis.costs);
  return {
    limits: measured.map(({ queue, costs }) => limitsText(queue, costs)).join('\n\n'),
    check: checkTable(queues, cores),
    plan: planTable(measured),
    simulation: simulationText(redis.costs, partitions, seconds),
    day: dayText(partitions),
  };
}

/** Of one core each: what it allows, and so which part limits first and by how much. */
function limitsText({ queue, results }: QueueFigures, costs: Costs): string {
  const limits = limitsOf(costs, { ingress: 1, worker: 1, postgres: 1, redis: 1 }, 1);
  const rows = limits.map(({ part, cost, perSecond }) => [part, tenths(cost), whole(perSecond)]);
  const counts = ['intake-single', 'drain-20'].map((name) => {
    const done = results.find(({ scenario }) => scenario === name)?.designs.ours.counts;
    if (done === undefined) return [name, '', '', ''];
    return [name, hundredths(done.statements), hundredths(done.queueOperations), whole(done.wal)];
  });
  return [
    `Queue on ${queue}:`,
    markdownTable(['part', 'CPU µs a message to one node', 'messages a second and core'], rows),
    markdownTable(['', 'statements', 'queue operations', 'WAL bytes'], counts),
  ].join('\n\n');
}

function checkTable(queues: readonly QueueFigures[], cores: number): string {
  const rows = queues.flatMap(({ queue, results }) =>
    checkModel(results, cores).map(({ workers, predicted, measured, off }) => [
      queue,
      String(workers),
      whole(predicted),
      whole(measured),
      `${(off * 100).toFixed(0)} %`,
      Math.abs(off) <= CHECK_AIM ? 'met' : '**missed**',
    ]),
  );
  return markdownTable(['queue', 'workers', 'predicted/s', 'measured/s', 'off', 'within 20 %'], rows);
}

function planTable(measured: readonly { queue: QueueFigures; costs: Costs }[]): string {
  const rows = measured.map(({ queue, costs }) => {
    const cores = coresFor(costs, WANTED);
    const parts = [cores.ingress, cores.worker, cores.postgres, cores.redis].map((value) => String(Math.ceil(value)));
    return [queue.queue, ...parts, String(partitionsFor(costs))];
  });
  const head = ['queue', 'ingress', 'worker', 'PostgreSQL', 'Redis', `partitions of ${DATABASE_CORES} cores`];
  return `Cores for ${whole(WANTED)} a second, ${PLANNED * 100} % of each used:\n\n${markdownTable(head, rows)}`;
}

function partitionsFor(costs: Costs): number {
  return Math.ceil(coresFor(costs, WANTED).postgres / DATABASE_CORES);
}

function simulationText(costs: Costs, partitions: number, seconds: number): string {
  const { intake, delivery } = costs;
  const fleet = {
    seed: SEED,
    partitions,
    nodes: 10_000,
    perSecond: WANTED,
    workers: Math.ceil(coresFor(costs, WANTED).worker / partitions),
    // Intake takes its share of the same cores.
    postgres: Math.max(1, Math.floor(DATABASE_CORES * (delivery.postgres / (delivery.postgres + intake.postgres)))),
    cpu: { worker: delivery.worker, postgres: delivery.postgres },
    batch: 100,
  };
  const outage = { from: seconds / 4, seconds: seconds / 2 };
  const outcomes: readonly (readonly [string, FleetOutcome])[] = [
    ['nodes alike', simulateFleet({ ...fleet, skew: 0, seconds })],
    ['nodes unequal (1 / k ^ 0.5)', simulateFleet({ ...fleet, skew: 0.5, seconds })],
    [
      `the same, one database out for ${outage.seconds} s`,
      simulateFleet({ ...fleet, skew: 0.5, seconds: seconds * 2, outage }),
    ],
  ];
  const rows = outcomes.map(([name, { accepted, delivered, p50, p99, p999, busiest, average, outage }]) => [
    name,
    whole(accepted),
    whole(delivered),
    [p50, p99, p999].map((seconds) => tenths(seconds * 1_000)).join(' / '),
    `${hundredths(average)} / ${hundredths(busiest)}`,
    outage === null ? '' : `${whole(outage.backlog)} waited, over in ${tenths(outage.recovered)} s`,
  ]);
  const head = [
    '',
    'accepted',
    'delivered',
    'wait p50 / p99 / p99.9 ms',
    'workers used, average / busiest',
    'the one that was out',
  ];
  const set = `${whole(WANTED)} a second to 10,000 nodes over ${partitions} partitions with ${fleet.workers} workers each`;
  return `${set} (seed ${SEED}):\n\n${markdownTable(head, rows)}`;
}

function dayText(partitions: number): string {
  const capacity = Math.floor(WANTED / partitions);
  const day = { seed: SEED, partitions, messages: A_DAY, peak: 2, capacity, outage: 600 };
  const { accepted, delivered, busiest, backlog, recovered } = simulateDay(day);
  const head = [
    'accepted',
    'delivered',
    'busiest second',
    'most waiting, a partition that stayed',
    'the one out for 10 min at the peak',
    'back to nothing waiting after',
  ];
  return markdownTable(head, [
    [
      whole(accepted),
      whole(delivered),
      whole(busiest),
      whole(backlog.steady),
      whole(backlog.outage),
      `${whole(recovered)} s`,
    ],
  ]);
}
