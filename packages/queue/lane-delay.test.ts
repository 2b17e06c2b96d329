import * as fc from 'fast-check';
import { delayAfterFailure, laneDelay, LaneLater } from './lane-delay.ts';

const DAY = 86_400_000;

test('the delay is a whole number of ms between 0 and 30 days, whatever was thrown', () => {
  const thrown = fc.oneof(
    fc.anything(),
    fc.double().map((seconds) => new LaneLater(seconds)),
    fc
      .constantFrom(NaN, Infinity, -Infinity, -0, Number.MAX_VALUE, Number.MIN_VALUE)
      .map((seconds) => new LaneLater(seconds)),
    fc.string().map((message) => new Error(message)),
  );
  fc.assert(
    fc.property(thrown, (value) => {
      const delay = laneDelay(value);
      expect(Number.isInteger(delay)).toBe(true);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(30 * DAY);
    }),
  );
});

test('a lane comes when it is due, never before', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 86_400, noNaN: true }), (seconds) => {
      const delay = laneDelay(new LaneLater(seconds));
      expect(delay).toBeGreaterThanOrEqual(seconds * 1000);
      expect(delay).toBeLessThanOrEqual(seconds * 1000 + 1);
    }),
  );
});

test('a lane with more due now goes to the back of the line at once', () => {
  expect(laneDelay(new LaneLater(0))).toBe(0);
});

test('an end that says nothing about due times never loops hot', () => {
  expect([new Error('Connection terminated'), undefined, 'text', new LaneLater(NaN)].map(laneDelay)).toEqual([
    1000, 1000, 1000, 1000,
  ]);
});

test('a lane whose run throws again and again is tried after 1, 2, 4, 8 and then every 15 s', () => {
  expect([1, 2, 3, 4, 5, 6, 1000, 5000].map(delayAfterFailure)).toEqual([1, 2, 4, 8, 15, 15, 15, 15]);
});
