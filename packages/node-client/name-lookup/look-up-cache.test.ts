import { cacheLookUps } from './look-up-cache.ts';

test('an answer is kept for five seconds', async () => {
  let time = 0;
  let asked = 0;
  const lookUp = cacheLookUps(
    () => {
      asked += 1;
      return Promise.resolve([`10.0.0.${asked}`]);
    },
    () => time,
  );
  expect(await lookUp('a.example')).toEqual(['10.0.0.1']);
  time = 4_999;
  expect(await lookUp('a.example')).toEqual(['10.0.0.1']);
  expect(await lookUp('b.example')).toEqual(['10.0.0.2']);
  time = 5_000;
  expect(await lookUp('a.example')).toEqual(['10.0.0.3']);
});

test('who asks while an answer is awaited shares it, however long it takes', async () => {
  let time = 0;
  let asked = 0;
  let answer: (addresses: readonly string[]) => void = () => {};
  const lookUp = cacheLookUps(
    () => {
      asked += 1;
      return new Promise((resolve) => (answer = resolve));
    },
    () => time,
  );
  const first = lookUp('a.example');
  time = 30_000;
  const second = lookUp('a.example');
  answer(['10.0.0.1']);
  expect(await Promise.all([first, second])).toEqual([['10.0.0.1'], ['10.0.0.1']]);
  expect(asked).toBe(1);
});

test("a failure is everyone's who waited, and is forgotten", async () => {
  let asked = 0;
  const lookUp = cacheLookUps(() => {
    asked += 1;
    return asked === 1 ? Promise.reject(new Error('no such host')) : Promise.resolve(['10.0.0.1']);
  });
  const both = await Promise.allSettled([lookUp('a.example'), lookUp('a.example')]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await lookUp('a.example')).toEqual(['10.0.0.1']);
});
