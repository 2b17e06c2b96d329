import fc from 'fast-check';
import { ApiError, UnreachableError } from './api-error.ts';
import { pauseBeforeRepeat, readRetryAfter } from './repeat.ts';

const policy = { most: 10, firstPause: 0.25, longestPause: 30 };
const unreachable = new UnreachableError('http://127.0.0.1', 'ECONNRESET', null);
const answered = (retryAfter: number | null) => new ApiError({ status: 503, code: 'c', detail: 'd', retryAfter });

test('a pause is finite, never longer than the longest, and never shorter than Retry-After', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.option(fc.double({ min: 0, max: 30, noNaN: true })),
      (failed, chance, retryAfter) => {
        const seconds = pauseBeforeRepeat(answered(retryAfter), { failed, chance }, policy) ?? Number.NaN;
        expect(seconds).toBeGreaterThanOrEqual(Math.max(retryAfter ?? 0, 0.125));
        expect(seconds).toBeLessThanOrEqual(30);
      },
    ),
  );
});

test('chance shortens a pause by up to a half', () => {
  expect(pauseBeforeRepeat(unreachable, { failed: 3, chance: 0 }, policy)).toBe(1);
  expect(pauseBeforeRepeat(unreachable, { failed: 3, chance: 1 }, policy)).toBe(0.5);
});

test('a bug is not tried again', () => {
  expect(pauseBeforeRepeat(new TypeError('a bug'), { failed: 1, chance: 0 }, policy)).toBeNull();
});

test.each([
  ['120', 120],
  [' 5 ', 5],
  ['Thu, 01 Jan 1970 00:01:00 GMT', 50],
  ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
  ['-1', null],
  ['soon', null],
  ['', null],
  [null, null],
])('Retry-After %j is read as %j', (header, seconds) => {
  expect(readRetryAfter(header, 10_000)).toBe(seconds);
});
