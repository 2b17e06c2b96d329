import { performanceTexts } from './markdown.ts';
import { chartOf } from './chart.ts';
import type { Figures } from './figures.ts';
import type { Cost, Result } from './result.ts';
import { scalingTexts } from '../scaling/markdown.ts';

const cost = (perSecond: number, cpu: Record<string, number>): Cost => ({
  perSecond: { median: perSecond, min: perSecond, max: perSecond },
  cpu,
  memory: { worker: 2 ** 27 },
  counts: { statements: 0.05, queueOperations: 0.2, wal: 900, transactions: 0.05 },
  also: {},
});

function result(scenario: string, perSecond: number, cpu: Record<string, number>): Result {
  const one = { median: 0.6, min: 0.5, max: 0.7 };
  const designs = { ours: cost(perSecond, cpu), ceiling: cost(20_000, { load: 40, receivers: 50 }) };
  return { scenario, ceiling: 'what is possible', aims: {}, designs, ratio: one, times: null };
}

const worker = { worker: 50, postgres: 20, receivers: 25, redis: 4 };
const figures: Figures = {
  machine: '2 × one',
  cores: 2,
  at: '2026-11-24T12:00:00.000Z',
  command: 'npm run bench -- --json figures.json',
  runs: 3,
  held: 1_000_000,
  queues: [
    {
      queue: 'redis',
      settings: 'fsync on',
      results: [
        result('intake-single', 5_000, { ingress: 120, postgres: 30, redis: 3 }),
        result('drain-20', 12_000, worker),
        result('workers-2', 17_000, worker),
      ],
      latencies: [],
      idle: null,
    },
  ],
};

test('each aim stands beside its figure, met or missed, or says that it was not measured', () => {
  const { aims } = performanceTexts(figures);
  expect(aims).toContain('| drain, 20 nodes: ≥ 0.5 of the ceiling | 0.60: met |');
  expect(aims).toContain('| intake, single: ≥ 0.8 of the same route storing nothing | 0.60: **missed** |');
  expect(aims).toContain('| drain, 2,000 nodes: ≥ 0.35 of the ceiling | not measured |');
  expect(aims).toContain('| a worker ≤ 250 MiB in every scenario | 128 MiB: met |');
});

test('date, machine and command stand above the figures', () => {
  expect(performanceTexts(figures).measured).toContain(
    '2026-11-24, 2 × one, by `npm run bench -- --json figures.json`',
  );
});

test('what limits first, the check of the model and the plan follow from the figures', () => {
  const { limits, check, plan, simulation, day } = scalingTexts(figures, 0.5);
  expect(limits).toMatch(/\| ingress \| 120\.0 \| 8,333 \|\n\| worker/);
  expect(check).toMatch(/\| redis \| 2 \| 1\d,\d{3} \| 17,000 \| -?\d+ % \| (met|\*\*missed\*\*) \|/);
  expect(plan).toContain('| redis | 18 | 8 | 8 | 1 | 1 |');
  expect(simulation).toContain('100,000 a second to 10,000 nodes');
  expect(day).toContain('s |');
});

test('the chart has a bar for each design, and colours for night pages', () => {
  const chart = chartOf(figures);
  expect(chart.match(/<rect class="redis"/g)).toHaveLength(1 + 3);
  expect(chart).toContain('prefers-color-scheme: dark');
  expect(chart).toContain('0.60 · 12,000/s');
});
