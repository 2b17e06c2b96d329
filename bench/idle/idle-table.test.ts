import { idleTableOf } from './idle-table.ts';
import { IDLE_AIMS, type IdleResult } from './idle.ts';

const result = (postgres: number, queries: number): IdleResult => ({
  scenario: 'idle',
  aims: IDLE_AIMS,
  seconds: 60,
  cpu: { standalone: 0.01, postgres },
  queries,
  queueOperations: 3,
  transactions: 4,
  memory: 120 * 2 ** 20,
});

test('the processes count together towards the aim', () => {
  expect(idleTableOf(result(0.005, 1))).toMatch(/1\.50[^]*< 2\.00: met/);
  expect(idleTableOf(result(0.02, 1))).toMatch(/3\.00[^]*< 2\.00: MISSED/);
});

test('more than a query a second is one too many', () => {
  expect(idleTableOf(result(0, 1))).toContain('≤ 1: met');
  expect(idleTableOf(result(0, 1.1))).toContain('≤ 1: MISSED');
});
