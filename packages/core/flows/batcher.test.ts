import { BatcherFull, createBatcher } from './batcher.ts';

/** A run that the test ends. */
function controlled() {
  const runs: { items: readonly number[]; end(): void; fail(error: Error): void }[] = [];
  const run = (items: readonly number[]) =>
    new Promise<readonly number[]>((resolve, reject) => {
      runs.push({ items, end: () => resolve(items.map((item) => item * 10)), fail: reject });
    });
  return { runs, run };
}

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test('what arrives during a run shares the next one, and each gets its own result', async () => {
  const { runs, run } = controlled();
  const { submit } = createBatcher({ run, maxItems: 10 });
  const first = submit(1);
  await turn();
  const others = [submit(2), submit(3)];
  await turn();
  expect(runs.map(({ items }) => items)).toEqual([[1]]);
  runs[0]?.end();
  await expect(first).resolves.toBe(10);
  await turn();
  runs[1]?.end();
  await expect(Promise.all(others)).resolves.toEqual([20, 30]);
  expect(runs.map(({ items }) => items)).toEqual([[1], [2, 3]]);
});

test('a run takes at most so many items and so much weight; a heavier one runs alone', async () => {
  const { runs, run } = controlled();
  const { submit } = createBatcher({ run, maxItems: 3, weigh: (item) => item, maxWeight: 10, concurrency: 9 });
  void [1, 1, 1, 5, 5, 1, 50, 2].map((item) => submit(item));
  await turn();
  expect(runs.map(({ items }) => items)).toEqual([[1, 1, 1], [5, 5], [1], [50], [2]]);
  for (const { end } of runs) end();
});

test('above what may wait it refuses at once, and takes more when there is room again', async () => {
  const { runs, run } = controlled();
  const { submit } = createBatcher({ run, maxItems: 1, maxWaiting: 2 });
  const taken = [submit(1)];
  await turn();
  taken.push(submit(2), submit(3));
  await expect(submit(4)).rejects.toBeInstanceOf(BatcherFull);
  runs[0]?.end();
  await turn();
  const late = submit(5);
  for (let i = 1; i < 4; i += 1) {
    runs[i]?.end();
    await turn();
  }
  await expect(Promise.all([...taken, late])).resolves.toEqual([10, 20, 30, 50]);
});

test('a run that fails fails its items and no others', async () => {
  const { runs, run } = controlled();
  const { submit } = createBatcher({ run, maxItems: 1 });
  const [failing, fine] = [submit(1), submit(2)];
  await turn();
  runs[0]?.fail(new Error('broken'));
  await expect(failing).rejects.toThrow('broken');
  await turn();
  runs[1]?.end();
  await expect(fine).resolves.toBe(20);
});

test('it is idle once nothing waits or runs', async () => {
  const { runs, run } = controlled();
  const batcher = createBatcher({ run, maxItems: 1 });
  await batcher.idle();
  const result = batcher.submit(1);
  let isIdle = false;
  const idle = batcher.idle().then(() => (isIdle = true));
  await turn();
  expect(isIdle).toBe(false);
  runs[0]?.end();
  await idle;
  await expect(result).resolves.toBe(10);
});

describe('a run that takes longer than it may', () => {
  const stalling = () => {
    const clock = { now: 0 };
    const { runs, run } = controlled();
    const batcher = createBatcher({ run, maxItems: 1, stall: { now: () => clock.now, after: 100 } });
    return { clock, runs, batcher };
  };

  test('has whoever comes refused at once, and whoever waits with him, until it ends', async () => {
    const { clock, runs, batcher } = stalling();
    const first = batcher.submit(1);
    await turn();
    const waiting = batcher.submit(2);
    clock.now = 101;
    await expect(batcher.submit(2)).rejects.toBeInstanceOf(BatcherFull);
    await expect(waiting).rejects.toBeInstanceOf(BatcherFull);
    runs[0]?.end();
    await expect(first).resolves.toBe(10);
    const later = batcher.submit(3);
    await turn();
    runs[1]?.end();
    await expect(later).resolves.toBe(30);
  });

  test('has what waited for it refused when it fails, since the next would fare no better', async () => {
    const { clock, runs, batcher } = stalling();
    const first = batcher.submit(1);
    await turn();
    const waiting = batcher.submit(2);
    clock.now = 101;
    runs[0]?.fail(new Error('timed out'));
    await expect(first).rejects.toThrow('timed out');
    await expect(waiting).rejects.toBeInstanceOf(BatcherFull);
    await batcher.idle();
    expect(runs).toHaveLength(1);
  });

  test('holds up nobody while another run may begin', async () => {
    const clock = { now: 0 };
    const { runs, run } = controlled();
    const batcher = createBatcher({ run, maxItems: 1, concurrency: 2, stall: { now: () => clock.now, after: 100 } });
    const first = batcher.submit(1);
    await turn();
    clock.now = 101;
    const second = batcher.submit(2);
    await turn();
    runs[1]?.end();
    await expect(second).resolves.toBe(20);
    runs[0]?.end();
    await first;
  });
});
