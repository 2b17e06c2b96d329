import { assert, integer, property } from 'fast-check';
import { resolutionOf, seriesOf } from './series.ts';

const MINUTES_15 = 900;
const DAYS_30 = 2_592_000;

test('a chart has from 15 to 180 points, and hours are summed up from hours', () => {
  assert(
    property(integer({ min: MINUTES_15, max: DAYS_30 }), (period) => {
      const { step, width } = resolutionOf(period);
      expect(period / step).toBeLessThanOrEqual(180);
      expect(period / step).toBeGreaterThanOrEqual(15);
      expect(step % width).toBe(0);
      // Minutes are kept for four days.
      expect(width === 60 ? period : 0).toBeLessThan(4 * 86_400);
    }),
  );
});

test('every step has a point, the last one that of now, and nothing is nothing', () => {
  const now = new Date('2026-03-02T12:00:30Z');
  const rows = [
    { at: new Date('2026-03-02T11:59:00Z'), kind: 'success', count: 4, bins: ['4,0', '0,0'] },
    { at: new Date('2026-03-02T11:59:00Z'), kind: 'timeout', count: 2, bins: ['0,0,2'] },
    { at: new Date('2026-03-02T10:00:00Z'), kind: 'success', count: 99, bins: ['99'] },
  ];
  const { from, points } = seriesOf(rows, { period: 900, step: 60, now });
  expect(points).toHaveLength(15);
  expect(from).toEqual(new Date('2026-03-02T11:46:00Z'));
  expect(points.at(-1)).toEqual({
    at: new Date('2026-03-02T12:00:00Z'),
    accepted: 0,
    queued: 0,
    delivered: 0,
    failed: 0,
    frozen: 0,
    outcomes: {},
    median: null,
    p95: null,
  });
  expect(points.at(-2)).toMatchObject({ delivered: 4, failed: 2, outcomes: { timeout: 2 } });
  expect(points.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(4);
});
