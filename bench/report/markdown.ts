import type { Figures, QueueFigures } from './figures.ts';
import { markdownTable } from './fill-markers.ts';
import type { Cost, Result } from './result.ts';
import type { Spread } from './statistics.ts';

/** The texts of `docs/performance.md`, by the names of its markers. */
export function performanceTexts(figures: Figures): Record<string, string> {
  return {
    measured: measuredText(figures),
    rates: byQueue(figures, ratesTable),
    costs: byQueue(figures, costsTable),
    latency: byQueue(figures, latencyTable),
    idle: byQueue(figures, idleTable),
    aims: aimsTable(figures),
  };
}

const CHART = '![How much of the ceiling each scenario reaches](images/bench.svg)';

function byQueue({ queues }: Figures, table: (queue: QueueFigures) => string): string {
  return queues.map((queue) => `Queue on ${queue.queue}:\n\n${table(queue)}`).join('\n\n');
}

function measuredText({ machine, at, command, runs, held, queues }: Figures): string {
  const settings = queues.map(({ queue, settings }) => `- queue on ${queue}: ${settings}`);
  const rounds = `${runs} rounds after a warm-up; ${whole(held)} deliveries in the store that was at work before.`;
  return [`${at.slice(0, 10)}, ${machine}, by \`${command}\`; ${rounds}`, '', ...settings, '', CHART].join('\n');
}

function ratesTable({ results }: QueueFigures): string {
  const rows = results.map(({ scenario, designs: { ours, ceiling, rowByRow }, ratio, times }) => [
    scenario,
    spreadText(ours.perSecond, whole),
    spreadText(ceiling.perSecond, whole),
    spreadText(ratio, hundredths),
    rowByRow === undefined ? '' : spreadText(rowByRow.perSecond, whole),
    times === null ? '' : spreadText(times, tenths),
  ]);
  return markdownTable(['scenario', 'ours/s', 'compared with/s', 'ratio', 'row by row/s', 'times'], rows);
}

function costsTable({ results }: QueueFigures): string {
  const rows = results.flatMap(({ scenario, designs: { ours, rowByRow } }) => [
    costsRow(scenario, ours),
    ...(rowByRow === undefined ? [] : [costsRow(`${scenario}, row by row`, rowByRow)]),
  ]);
  const head = ['scenario', 'CPU µs each', 'statements', 'queue operations', 'WAL bytes', 'peak MiB a process'];
  return markdownTable(head, rows);
}

function costsRow(name: string, { cpu, counts, memory }: Cost): string[] {
  const used = Object.entries(cpu).map(([process, value]) => `${process} ${whole(value)}`);
  const held = Object.entries(memory).filter(([process]) => process === 'worker' || process === 'ingress');
  return [
    name,
    used.join(', '),
    hundredths(counts.statements),
    hundredths(counts.queueOperations),
    whole(counts.wal),
    held.map(([process, bytes]) => `${process} ${mebibytes(bytes)}`).join(', '),
  ];
}

function latencyTable({ latencies }: QueueFigures): string {
  const head = ['scenario', 'capacity/s', 'sent/s', 'messages', 'p50 ms', 'p99 ms', 'p99.9 ms', 'most ms'];
  const rows = latencies.map(({ scenario, capacity, perSecond, count, ...at }) => [
    scenario,
    ...[capacity, perSecond, count].map(whole),
    ...[at.p50, at.p99, at.p999, at.most].map(tenths),
  ]);
  return markdownTable(head, rows);
}

function idleTable({ idle }: QueueFigures): string {
  if (idle === null) return 'Not measured.';
  const shares = Object.entries(idle.cpu).map(([process, share]) => `${process} ${hundredths(share * 100)} %`);
  const head = ['looked at, s', 'CPU of one core', 'queries/s', 'queue operations/s', 'transactions/s', 'peak MiB'];
  const counts = [idle.queries, idle.queueOperations, idle.transactions].map(hundredths);
  return markdownTable(head, [[whole(idle.seconds), shares.join(', '), ...counts, mebibytes(idle.memory)]]);
}

/** What the issue asks, back end by back end. */
function aimsTable({ queues }: Figures): string {
  return markdownTable(
    ['aim', ...queues.map(({ queue }) => queue)],
    AIMS.map(([aim, of]) => [aim, ...queues.map((queue) => of(queue))]),
  );
}

type Verdict = (queue: QueueFigures) => string;

const AIMS: readonly (readonly [string, Verdict])[] = [
  ['drain, 20 nodes: ≥ 0.5 of the ceiling', ratioOf('drain-20', 0.5)],
  ['drain, 20 nodes: ≥ 10 times row by row', timesOf('drain-20', 10)],
  ['drain, 2,000 nodes: ≥ 0.35 of the ceiling', ratioOf('drain-2000', 0.35)],
  ['drain, 2,000 nodes: ≥ 10 times row by row', timesOf('drain-2000', 10)],
  ['fan-out to 10,000 nodes: ≥ 0.35 of the ceiling', ratioOf('fan-out-10000', 0.35)],
  ['fan-out to 10,000 nodes: ≥ 10 times row by row', timesOf('fan-out-10000', 10)],
  ['intake, single: ≥ 0.8 of the same route storing nothing', ratioOf('intake-single', 0.8)],
  ['intake, batch: ≥ 25,000 messages/s', rateOf('intake-batch', 25_000)],
  ['latency p50 ≤ 10 ms', latencyOf('p50')],
  ['latency p99 ≤ 50 ms', latencyOf('p99')],
  ['a full store: drain ≥ 0.85 of an empty one', ratioOf('drain-held', 0.85)],
  ['a full store: p99 ≤ 1.15 of an empty one', heldLatency],
  ['a purge under way: drain ≥ 0.85', ratioOf('purge', 0.85)],
  ['a worker ≤ 250 MiB in every scenario', memoryVerdict],
  [
    'idle: < 2 % of a core',
    ({ idle }) => (idle === null ? '' : verdict(total(idle.cpu) < 0.02, `${hundredths(total(idle.cpu) * 100)} %`)),
  ],
  ['idle: ≤ 1 query/s', ({ idle }) => (idle === null ? '' : verdict(idle.queries <= 1, hundredths(idle.queries)))],
];

function ofResult(scenario: string, of: (result: Result) => string): Verdict {
  return ({ results }) => {
    const result = results.find((one) => one.scenario === scenario);
    return result === undefined ? 'not measured' : of(result);
  };
}

function ratioOf(scenario: string, aim: number): Verdict {
  return ofResult(scenario, ({ ratio }) => verdict(ratio.median >= aim, hundredths(ratio.median)));
}

function timesOf(scenario: string, aim: number): Verdict {
  return ofResult(scenario, ({ times }) => (times === null ? '' : verdict(times.median >= aim, tenths(times.median))));
}

function rateOf(scenario: string, aim: number): Verdict {
  return ofResult(scenario, ({ designs }) => {
    const { median } = designs.ours.perSecond;
    return verdict(median >= aim, whole(median));
  });
}

function latencyOf(at: 'p50' | 'p99'): Verdict {
  return ({ latencies }) => {
    const found = latencies.find(({ scenario }) => scenario === 'latency');
    return found === undefined ? 'not measured' : verdict(found[at] <= found.aims[at], tenths(found[at]));
  };
}

function heldLatency({ latencies }: QueueFigures): string {
  const p99 = (name: string) => latencies.find(({ scenario }) => scenario === name)?.p99 ?? NaN;
  const ratio = p99('latency-held') / p99('latency');
  return Number.isNaN(ratio) ? 'not measured' : verdict(ratio <= 1.15, hundredths(ratio));
}

function memoryVerdict({ results }: QueueFigures): string {
  // That of the row-by-row design is called so too.
  const held = results.map(({ designs }) => designs.ours.memory['worker'] ?? 0);
  return verdict(Math.max(...held) < 250 * 2 ** 20, `${mebibytes(Math.max(0, ...held))} MiB`);
}

function spreadText({ median, min, max }: Spread, text: (value: number) => string): string {
  return min < max ? `${text(median)} (${text(min)}–${text(max)})` : text(median);
}

const verdict = (met: boolean, value: string) => `${value}: ${met ? 'met' : '**missed**'}`;
const total = (values: Readonly<Record<string, number>>) => Object.values(values).reduce((sum, one) => sum + one, 0);
export const whole = (value: number) => Math.round(value).toLocaleString('en');
export const tenths = (value: number) => value.toFixed(1);
export const hundredths = (value: number) => value.toFixed(2);
const mebibytes = (bytes: number) => whole(bytes / 2 ** 20);
