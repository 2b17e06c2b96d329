import { resultOf, type Round } from './result.ts';
import { tableOf } from './table.ts';

const scenario = {
  name: 'drain-20',
  ceiling: 'what is possible',
  aims: { ratio: 0.3, times: 6 },
  open: () => Promise.reject(new Error('not opened here')),
};

const counts = { statements: 0.051, queueOperations: 0.12, wal: 812, transactions: 0.05 };
const measured = (perSecond: number, cpu: Record<string, number>) => ({
  perSecond,
  cpu,
  memory: { worker: 150 * 2 ** 20 },
  counts,
});
const round = (ours: number, ceiling: number, rowByRow: number): Round => ({
  ours: measured(ours, { worker: 100, postgres: 50.4 }),
  ceiling: measured(ceiling, { load: 40 }),
  rowByRow: measured(rowByRow, { worker: NaN }),
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

test('what the servers did for each, and the memory held, stand below the CPU', () => {
  const table = tableOf([resultOf(scenario, [round(1, 2, 3)])]);
  expect(table).toContain('0.05 statements, 0.12 queue operations, 812 bytes of WAL; worker 150 MiB');
});

test('a scenario that is not compared with the row-by-row design says nothing of it', () => {
  const { ours, ceiling } = round(8, 10, 1);
  const result = resultOf(scenario, [{ ours, ceiling }]);
  expect(result.times).toBeNull();
  expect(tableOf([result])).not.toMatch(/row by row +CPU/);
});
