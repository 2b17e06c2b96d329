import { createWaker } from './waker.ts';

const ignore = () => undefined;

test('what one turn asks for is woken together after it, each node once, and what comes meanwhile in the next go', async () => {
  const calls: (readonly string[])[] = [];
  const ends: (() => void)[] = [];
  const wake = (nodes: readonly string[]) => {
    calls.push(nodes);
    return new Promise<void>((resolve) => ends.push(resolve));
  };
  const waker = createWaker(wake, { debug: ignore, info: ignore, warn: ignore, error: ignore });
  waker.later(['a', 'b']);
  waker.later(['b', 'c']);
  expect(calls).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(calls).toEqual([['a', 'b', 'c']]);
  waker.later(['a']);
  waker.later(['a', 'd']);
  const idle = waker.idle();
  ends[0]?.();
  await new Promise((resolve) => setImmediate(resolve));
  ends[1]?.();
  await idle;
  expect(calls).toEqual([
    ['a', 'b', 'c'],
    ['a', 'd'],
  ]);
});

test('a wake-up that fails is reported, and the next one is tried', async () => {
  const warnings: string[] = [];
  let calls = 0;
  const wake = () => {
    calls += 1;
    return calls === 1 ? Promise.reject(new Error('no queue')) : Promise.resolve();
  };
  const waker = createWaker(wake, {
    debug: ignore,
    info: ignore,
    error: ignore,
    warn: (event) => void warnings.push(event),
  });
  waker.later(['a']);
  await waker.idle();
  waker.later(['b']);
  await waker.idle();
  expect(calls).toBe(2);
  expect(warnings).toEqual(['wake.failed']);
});

test('waking nobody wakes nobody', async () => {
  let calls = 0;
  const waker = createWaker(() => Promise.resolve(void (calls += 1)), {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: ignore,
  });
  waker.later([]);
  await waker.idle();
  expect(calls).toBe(0);
});
