import { latencyFiguresOf, mergeFigures, type Figures } from './figures.ts';

const aims = { p50: 10, p99: 50 };
const latency = (scenario: string, p50: number) => ({
  ...latencyFiguresOf({ scenario, aims, capacity: 4, perSecond: 1, latencies: [p50] }),
});
const figures = (at: string, command: string, ...latencies: ReturnType<typeof latency>[]): Figures => ({
  machine: 'one',
  cores: 2,
  at,
  command,
  runs: 1,
  held: 10,
  queues: [{ queue: 'redis', settings: '', results: [], latencies, idle: null }],
});

test('of a scenario measured twice the later figure counts, whatever the order of the files', () => {
  const late = figures('2026-02-01', 'b', latency('latency', 5));
  const early = figures('2026-01-01', 'a', latency('latency', 9), latency('latency-held', 7));
  const merged = mergeFigures([late, early]);
  expect(merged.queues[0]?.latencies.map(({ scenario, p50 }) => [scenario, p50])).toEqual([
    ['latency', 5],
    ['latency-held', 7],
  ]);
  expect(merged).toMatchObject({ at: '2026-02-01', command: 'a; b' });
});

test('percentiles stand for the latencies', () => {
  const latencies = Array.from({ length: 1_000 }, (_, i) => i + 1);
  const figured = latencyFiguresOf({ scenario: 'latency', aims, capacity: 4, perSecond: 1, latencies });
  expect(figured).toMatchObject({ count: 1_000, p50: 500, p99: 990, p999: 999, most: 1_000 });
});

test('no file is no figures', () => {
  expect(() => mergeFigures([])).toThrow('expected at least one file of figures, got none');
});
