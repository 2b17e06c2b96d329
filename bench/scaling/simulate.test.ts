import { simulateDay } from './simulate-day.ts';
import { simulateFleet, type FleetSimulation } from './simulate-fleet.ts';

const fleet: FleetSimulation = {
  seed: 1,
  partitions: 4,
  nodes: 400,
  skew: 0.5,
  perSecond: 4_000,
  seconds: 5,
  workers: 2,
  postgres: 1,
  cpu: { worker: 100, postgres: 50 },
  batch: 100,
};

test('the same seed makes the same day, another one another', () => {
  expect(simulateFleet(fleet)).toEqual(simulateFleet(fleet));
  expect(simulateFleet({ ...fleet, seed: 2 }).accepted).not.toBe(simulateFleet(fleet).accepted);
});

test('what is accepted is delivered, but for the last moments', () => {
  const { accepted, delivered, p99 } = simulateFleet(fleet);
  expect(accepted).toBeGreaterThan(4_000 * 5 * 0.95);
  expect(accepted - delivered).toBeLessThan(accepted * 0.01);
  expect(p99).toBeLessThan(0.1);
});

test('the busiest partition is as busy as its arithmetic says: 1,000 a second at 100 µs over two workers', () => {
  const { average, busiest } = simulateFleet({ ...fleet, skew: 0 });
  expect(average).toBeCloseTo(0.05, 2);
  expect(busiest).toBeGreaterThan(average);
});

test('past what its workers can do, a fleet falls behind', () => {
  const { accepted, delivered } = simulateFleet({ ...fleet, cpu: { worker: 4_000, postgres: 50 }, seconds: 2 });
  expect(delivered).toBeLessThan(accepted * 0.9);
});

test('a partition that falls out recovers, and the others do not notice', () => {
  const { p99, outage } = simulateFleet({ ...fleet, seconds: 10, outage: { from: 2, seconds: 3 } });
  expect(p99).toBeLessThan(0.1);
  expect(outage?.backlog).toBeGreaterThan(2_000);
  expect(outage?.recovered).toBeLessThan(3);
});

test('a day ends with all of it delivered, its peak where it was asked for', () => {
  const day = { seed: 1, partitions: 2, messages: 5_000_000, peak: 2, capacity: 100, outage: 600 };
  const { accepted, delivered, busiest, recovered, backlog } = simulateDay(day);
  expect(accepted / 5_000_000).toBeCloseTo(1, 2);
  expect(delivered).toBe(accepted);
  expect(busiest).toBeGreaterThan(116);
  expect(busiest).toBeLessThan(200);
  // 58 a second came in, 100 go out: 600 s of them take 600 * 58 / 42 s.
  expect(recovered).toBeGreaterThan(700);
  expect(recovered).toBeLessThan(900);
  expect(backlog.steady).toBeLessThan(100);
});
