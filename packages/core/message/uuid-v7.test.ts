import { randomFillSync } from 'node:crypto';
import * as fc from 'fast-check';
import { createUuidV7 } from './uuid-v7.ts';

const VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('ids are of version 7 and carry the time', () => {
  const next = createUuidV7({ now: () => 0x0123_4567_89ab, fill: (bytes) => bytes.fill(0xff) });
  expect(next()).toBe('01234567-89ab-77ff-bfff-ffffffffffff');
  expect(next()).toBe('01234567-89ab-7800-bfff-ffffffffffff');
});

test('each id is greater than the one before, however the clock goes and however many there are in a millisecond', () => {
  const clock = fc.array(fc.tuple(fc.nat(2 ** 45), fc.integer({ min: 1, max: 6_000 })), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(clock, (steps) => {
      let now = 0;
      const next = createUuidV7({ now: () => now, fill: randomFillSync });
      let last = '';
      for (const [time, count] of steps) {
        now = time;
        for (let i = 0; i < count; i += 1) {
          const id = next();
          if (id <= last || !VERSION_7.test(id)) throw new Error(`${id} after ${last}`);
          last = id;
        }
      }
    }),
    { numRuns: 20 },
  );
});
