import { coresFor, limitsOf, predictMachine } from './predict.ts';

const costs = {
  intake: { ingress: 100, postgres: 20, redis: 5 },
  delivery: { worker: 50, postgres: 20, redis: 5 },
};

test('the part with the fewest cores for its work limits first', () => {
  const limits = limitsOf(costs, { ingress: 4, worker: 1, postgres: 8, redis: 1 }, 1);
  expect(limits.map(({ part, perSecond }) => [part, Math.round(perSecond)])).toEqual([
    ['worker', 20_000],
    ['ingress', 40_000],
    ['redis', 100_000],
    ['postgres', 200_000],
  ]);
});

test('a part that is not there limits nothing', () => {
  const onDatabase = { intake: { ...costs.intake, redis: 0 }, delivery: { ...costs.delivery, redis: 0 } };
  const limits = limitsOf(onDatabase, { ingress: 1, worker: 1, postgres: 1, redis: 0 });
  expect(limits.map(({ part }) => part)).not.toContain('redis');
});

test('the cores for a rate allow just that rate', () => {
  const limits = limitsOf(costs, coresFor(costs, 100_000));
  for (const { perSecond } of limits) expect(perSecond).toBeCloseTo(100_000);
});

test('on one machine a lone worker is held up by its own core, and several by all cores', () => {
  const measured = { cpu: { worker: 50, postgres: 10, receivers: 20 }, busy: 1 };
  expect(predictMachine({ cores: 4, workers: 1 }, measured)).toBe(20_000);
  expect(predictMachine({ cores: 2, workers: 2 }, measured)).toBe(25_000);
});

test('no process but PostgreSQL works on two cores at a time', () => {
  const measured = { cpu: { worker: 10, postgres: 100, receivers: 40 }, busy: 1 };
  expect(predictMachine({ cores: 100, workers: 100 }, measured)).toBe(25_000);
});
