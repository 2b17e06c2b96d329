import { latenciesOf } from './latency.ts';
import { latencyTableOf } from './latency-table.ts';

test('a latency is that of the first arrival, and they come sorted', () => {
  const accepted = [
    { id: 'a', at: 100 },
    { id: 'b', at: 100 },
  ];
  const arrivals = [
    { id: 'a', at: 109 },
    { id: 'b', at: 103 },
    { id: 'a', at: 200 },
  ];
  expect(latenciesOf(accepted, arrivals)).toEqual([3, 9]);
});

test('what was accepted and did not arrive is no latency but an error', () => {
  expect(() => latenciesOf([{ id: 'a', at: 1 }], [])).toThrow('1 of 1 accepted messages did not arrive');
});

test('the table shows percentiles beside their aims', () => {
  const latencies = Array.from({ length: 1_000 }, (_, i) => i / 10);
  const result = { scenario: 'latency', aims: { p50: 50, p99: 50 }, capacity: 4_000, perSecond: 1_000, latencies };
  const table = latencyTableOf([result]);
  expect(table).toMatch(/4,000 .* 1,000 .* 49\.9 .* 98\.9 .* 99\.8 .* 99\.9/);
  expect(table).toMatch(/≤ 50: met .* ≤ 50: MISSED/);
});
