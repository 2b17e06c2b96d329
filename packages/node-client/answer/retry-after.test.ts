import * as fc from 'fast-check';
import { LONGEST_RETRY_AFTER, readRetryAfter } from './retry-after.ts';

const now = new Date('2026-03-01T12:00:00Z');

test.each([
  ['0', 0],
  ['120', 120],
  [' 120 ', 120],
  ['86400', 86_400],
  ['86401', 86_400],
  ['99999999999999999999999', 86_400],
  ['Sun, 01 Mar 2026 12:00:30 GMT', 30],
  ['Sunday, 01-Mar-26 12:00:30 GMT', 30],
  ['Sun Mar  1 12:00:30 2026', 30],
  ['Sun, 01 Mar 2026 12:00:00 GMT', 0],
  ['Fri, 31 Dec 2100 23:59:59 GMT', 86_400],
])('%j asks for %d s', (value, seconds) => {
  expect(readRetryAfter(value, now)).toBe(seconds);
});

test.each([
  '',
  '-1',
  '+5',
  '1.5',
  '1e3',
  '0x10',
  '5 minutes',
  'soon',
  'NaN',
  'Infinity',
  '120, 240',
  '2026-03-01T12:00:30Z',
  'Sun, 01 Mar 2026 11:59:59 GMT',
  'Thu, 01 Jan 1970 00:00:00 GMT',
  'Sunday, 01-Mar-77 12:00:30 GMT',
  'Mon, 31 Feb 2027 00:00:00 GMT',
  'Mon, 01 Foo 2027 00:00:00 GMT',
  'Mon, 01 Mar 2027 25:00:00 GMT',
  'Mon, 01 Mar 2027 00:00:00 CET',
  'Mon, 01 Mar 2027 00:00:00',
])('%j is ignored', (value) => {
  expect(readRetryAfter(value, now)).toBeNull();
});

test('every whole number of seconds up to a day is taken as it is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: LONGEST_RETRY_AFTER }), (seconds) => {
      expect(readRetryAfter(String(seconds), now)).toBe(seconds);
    }),
  );
});

test('every date up to a day ahead is taken as its distance, in whole seconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: LONGEST_RETRY_AFTER }), (seconds) => {
      const date = new Date(now.getTime() + seconds * 1000);
      expect(readRetryAfter(date.toUTCString(), now)).toBe(seconds);
    }),
  );
});

test('whatever a node writes, the result is null or between 0 and a day', () => {
  const almostDates = fc.date({ noInvalidDate: true }).map((date) => date.toUTCString());
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.integer().map(String), almostDates), (value) => {
      const seconds = readRetryAfter(value, now);
      if (seconds === null) return;
      expect(seconds).toBeGreaterThanOrEqual(0);
      expect(seconds).toBeLessThanOrEqual(LONGEST_RETRY_AFTER);
    }),
  );
});
