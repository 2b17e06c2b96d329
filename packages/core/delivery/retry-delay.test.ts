import * as fc from 'fast-check';
import { LONGEST_DELAY, retryDelay } from './retry-delay.ts';

test('the n-th failure waits fixed + (n - 1) * progressive', () => {
  expect([1, 2, 3].map((n) => retryDelay(n, { fixed: 60, progressive: 30 }))).toEqual([60, 90, 120]);
});

test('a delay is finite, never negative and never shrinks', () => {
  const seconds = fc.double({ min: 0, max: 2 ** 53, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), seconds, seconds, (n, fixed, progressive) => {
      const delay = retryDelay(n, { fixed, progressive });
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(LONGEST_DELAY);
      expect(retryDelay(n + 1, { fixed, progressive })).toBeGreaterThanOrEqual(delay);
    }),
  );
});
