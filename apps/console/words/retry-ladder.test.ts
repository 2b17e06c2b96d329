import type { Attempt, Delivery } from '#client';
import { assert, integer, property, record } from 'fast-check';
import { delayAfter, retryLadder } from './retry-ladder.ts';

const START = Date.parse('2026-03-02T12:00:00Z');
const iso = (seconds: number) => new Date(START + seconds * 1_000).toISOString();
const retry = { delay: { fixed: 60, progressive: 30 }, max: 5 };

function attempt(number: number, at: number, outcome = 'http-error'): Attempt {
  return { node: 'customs', number, startedAt: iso(at), duration: 0, status: 503, outcome, error: 'no', body: null };
}

function pending(attempts: number, dueAt: number): Delivery {
  const none = { lastStatus: null, lastError: null, deliveredAt: null, frozenAt: null };
  return { id: '1', node: 'customs', state: 'pending', attempts, dueAt: iso(dueAt), ...none };
}

const show = (delivery: Delivery, attempts: readonly Attempt[], rules = retry) =>
  retryLadder(delivery, attempts, rules).map(({ number, at, state, last }) => {
    return `${number} ${state} ${(Date.parse(at) - START) / 1_000}${last ? ' last' : ''}`;
  });

test('made ones, the next, and those after it, up to the one that freezes', () => {
  const attempts = [attempt(2, 60), attempt(1, 0), { ...attempt(1, 0), node: 'another' }];
  expect(show(pending(2, 150), attempts)).toEqual([
    '1 failed 0',
    '2 failed 60',
    '3 next 150',
    '4 later 270',
    '5 later 420 last',
  ]);
});

test('a new delivery has its whole budget before it', () => {
  expect(show(pending(0, 0), [])).toEqual(['1 next 0', '2 later 60', '3 later 150', '4 later 270', '5 later 420 last']);
});

test('a replay begins a new budget, and numbers go on', () => {
  const before = [1, 2, 3, 4, 5].map((number) => attempt(number, number * 100));
  // Replayed, due at once, failed once more: the next one comes after the first delay.
  expect(show(pending(6, 2_060), [...before, attempt(6, 2_000)])).toEqual([
    ...before.map(({ number }) => `${number} failed ${number * 100}`),
    '6 failed 2000',
    '7 next 2060',
    '8 later 2150',
    '9 later 2270',
    '10 later 2420 last',
  ]);
});

test('what is done has no next attempt', () => {
  const delivered = { ...pending(1, 0), state: 'delivered', dueAt: null } as const;
  expect(show(delivered, [attempt(1, 0, 'success')])).toEqual(['1 succeeded 0']);
});

test('without an end it is shown some way ahead', () => {
  const rungs = show(pending(0, 0), [], { ...retry, max: 0 });
  expect(rungs).toHaveLength(12);
  expect(rungs.join()).not.toContain('last');
});

test('whatever the rules, steps ascend by the delays that the contract gives', () => {
  const rules = record({
    fixed: integer({ min: 0, max: 600 }),
    progressive: integer({ min: 0, max: 600 }),
    max: integer({ min: 1, max: 20 }),
  });
  assert(
    property(rules, ({ fixed, progressive, max }) => {
      const policy = { delay: { fixed, progressive }, max };
      const times = retryLadder(pending(0, 0), [], policy).map(({ at }) => Date.parse(at));
      for (const [i, time] of times.entries()) {
        if (i > 0) expect(time - (times[i - 1] ?? 0)).toBe(delayAfter(i, policy) * 1_000);
      }
    }),
  );
});
