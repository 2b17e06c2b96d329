import fc from 'fast-check';
import { EventQueue } from './event-queue.ts';

test('whatever the order they are told in, events happen soonest first', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000)), (times) => {
      const queue = new EventQueue();
      const happened: number[] = [];
      for (const at of times) queue.after(at, () => happened.push(queue.now));
      queue.runUntil(1_000);
      expect(happened).toEqual(times.toSorted((a, b) => a - b));
    }),
  );
});

test('an event may bring about another, and what is later than the end does not happen', () => {
  const queue = new EventQueue();
  const happened: number[] = [];
  const again = () => {
    happened.push(queue.now);
    queue.after(2, again);
  };
  queue.after(1, again);
  queue.runUntil(5.5);
  expect(happened).toEqual([1, 3, 5]);
  expect(queue.now).toBe(5.5);
});
