import { createLoopWatch } from './loop-watch.ts';

function watchAt() {
  const clock = { now: 5_000 };
  const told: unknown[] = [];
  const watch = createLoopWatch({ warn: (event, facts) => told.push([event, facts]) }, () => clock.now);
  const lookAfter = (ms: number) => {
    clock.now += ms;
    watch.look();
  };
  return { told, lookAfter };
}

test('a loop that comes round in time, or a little late, is nothing to tell', () => {
  const { told, lookAfter } = watchAt();
  for (const ms of [1_000, 1_400, 2_900]) lookAfter(ms);
  expect(told).toEqual([]);
});

test('one that stood still is told of once, with how long', () => {
  const { told, lookAfter } = watchAt();
  for (const ms of [1_000, 41_040, 1_000]) lookAfter(ms);
  expect(told).toEqual([['process.stood-still', { seconds: 40 }]]);
});
