import { resultOf, type Round } from './result.ts';
import { tableOf } from './table.ts';

const scenario = {
  name: 'drain-20',
  ceiling: 'what is possible',
  aims: { ratio: 0.3, times: 6 },
  open: () => Promise.reject(new Error('not opened here')),
};

const round = (ours: number, ceiling: number, rowByRow: number): Round => ({
  ours: { perSecond: ours, cpu: { worker: 100, postgres: 50.4 } },
  ceiling: { perSecond: ceiling, cpu: { load: 40 } },
  rowByRow: { perSecond: rowByRow, cpu: { worker: NaN } },
});

test('ratios are taken within each round, since the machine changes between rounds', () => {
  const { ratio, times } = resultOf(scenario, [round(100, 200, 10), round(1_000, 4_000, 50), round(300, 1_000, 60)]);
  expect(ratio).toEqual({ median: 0.3, min: 0.25, max: 0.5 });
  expect(times).toEqual({ median: 10, min: 5, max: 20 });
});

test('an aim stands beside its figure, met or missed', () => {
  const table = tableOf([resultOf(scenario, [round(8_412, 20_000, 2_000)])]);
  expect(table).toMatch(/8,412 .* 20,000 .* 0\.42 .* 2,000 .* 4\.2 /);
  expect(table).toMatch(/≥ 0\.30: met .* ≥ 6\.0: MISSED/);
});

test('the least and the most are shown of several runs only', () => {
  expect(tableOf([resultOf(scenario, [round(1_000, 2_000, 10), round(3_000, 6_000, 10)])])).toContain('1,000–3,000');
  expect(tableOf([resultOf(scenario, [round(1_000, 2_000, 10)])])).not.toContain('–');
});

test('CPU is shown by process and in sum, with a question mark where the system does not tell', () => {
  const table = tableOf([resultOf(scenario, [round(1, 2, 3)])]);
  expect(table).toContain('worker 100 + postgres 50 = 150');
  expect(table).toContain('worker ? = ?');
});
