import { array, assert, double, integer, property } from 'fast-check';
import { binOf, emptyBins, quantileOf, TALLY_BINS } from './tally-bins.ts';

test('a duration falls into the first bin that it does not exceed', () => {
  expect([0, 5, 5.1, 30_000, 30_001, Infinity].map(binOf)).toEqual([0, 0, 1, 11, 12, 12]);
});

test('there is no quantile of nothing', () => {
  expect(quantileOf(emptyBins(), 0.5)).toBeNull();
});

test('a quantile lies in the bin that the duration at its rank fell into', () => {
  const longest = (TALLY_BINS.at(-1) ?? 0) * 2;
  assert(
    property(
      array(integer({ min: 1, max: 40_000 }), { minLength: 1 }),
      double({ min: 0.01, max: 1, noNaN: true }),
      (durations, share) => {
        const bins = emptyBins();
        for (const duration of durations) bins[binOf(duration)] = (bins[binOf(duration)] ?? 0) + 1;
        const guessed = quantileOf(bins, share) ?? -1;
        const exact = durations.toSorted((a, b) => a - b)[Math.ceil(share * durations.length) - 1] ?? -1;
        expect(guessed).toBeLessThanOrEqual(longest);
        expect(binOf(guessed)).toBe(binOf(exact));
      },
    ),
  );
});
