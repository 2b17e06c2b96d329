import { realPlatform } from './platform.ts';

const { pause } = realPlatform({ timeout: 1 });

test('a pause ends by itself', async () => {
  await expect(pause(0.001)).resolves.toBeUndefined();
});

test('a pause ends at once when it is given up, with the reason', async () => {
  const giving = new AbortController();
  const pausing = pause(3_600, giving.signal);
  giving.abort(new Error('no more'));
  await expect(pausing).rejects.toThrow('no more');
  await expect(pause(3_600, giving.signal)).rejects.toThrow('no more');
});
