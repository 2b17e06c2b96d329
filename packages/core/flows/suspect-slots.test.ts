import { createSuspectSlots } from './suspect-slots.ts';

test('no more than its share are in, and who waits is called when a place is free, in order and once', () => {
  const called: string[] = [];
  const slots = createSuspectSlots(2, (nodeId) => called.push(nodeId));
  expect(['a', 'b', 'c', 'd', 'c'].map((nodeId) => slots.enter(nodeId))).toEqual([true, true, false, false, false]);
  expect(slots.busy).toBe(2);
  expect(slots.isWaiting('c')).toBe(true);
  slots.leave();
  slots.leave();
  slots.enter('c');
  slots.leave();
  expect(called).toEqual(['c', 'd']);
  expect(slots.isWaiting('c')).toBe(false);
});
