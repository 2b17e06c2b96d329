import { createRemember } from './remember.ts';

/** Answers `answer 1`, `answer 2`, … in the order of the look-ups, when the test says so. */
function setUp(most = 10) {
  const world = { now: 0, lookUps: 0, ends: [] as (() => void)[], missing: false };
  const remember = createRemember<string>({
    now: () => world.now,
    seconds: 5,
    most,
    find() {
      world.lookUps += 1;
      const answer = world.missing ? null : `answer ${world.lookUps}`;
      return new Promise((resolve) => world.ends.push(() => resolve(answer)));
    },
  });
  const ask = async (question: string) => {
    const answer = remember.get(question);
    for (const end of world.ends.splice(0)) end();
    return answer;
  };
  return { world, remember, ask };
}

test('an answer is believed for its time and no longer', async () => {
  const { world, ask } = setUp();
  expect(await ask('a')).toBe('answer 1');
  world.now = 4_999;
  expect(await ask('a')).toBe('answer 1');
  world.now = 5_000;
  expect(await ask('a')).toBe('answer 2');
});

test('no answer is not remembered', async () => {
  const { world, ask } = setUp();
  world.missing = true;
  expect(await ask('a')).toBeNull();
  world.missing = false;
  expect(await ask('a')).toBe('answer 2');
});

test('questions asked at the same time share one look-up', async () => {
  const { world, remember, ask } = setUp();
  const first = remember.get('a');
  expect(await ask('a')).toBe('answer 1');
  expect(await first).toBe('answer 1');
  expect(world.lookUps).toBe(1);
});

test('the oldest answer goes when there are too many', async () => {
  const { world, ask } = setUp(2);
  for (const question of ['a', 'b', 'c']) await ask(question);
  await ask('c');
  await ask('b');
  expect(world.lookUps).toBe(3);
  await ask('a');
  expect(world.lookUps).toBe(4);
});

test('after forgetting, nothing that was looked up before counts, finished or not', async () => {
  const { remember, ask } = setUp();
  await ask('a');
  const underWay = remember.get('b');
  remember.forget();
  expect(await ask('b')).toBe('answer 3');
  expect(await underWay).toBe('answer 2');
  expect(await ask('b')).toBe('answer 3');
  expect(await ask('a')).toBe('answer 4');
});
