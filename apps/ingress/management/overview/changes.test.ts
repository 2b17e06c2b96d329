import { PassThrough } from 'node:stream';
import type { Stamp } from '#persistence';
import { recordingReport } from '#testkit';
import type { ServerResponse } from 'node:http';
import { changeBetween, createChanges } from './changes.ts';

const calm: Stamp = { log: '1', frozen: '0', counts: { success: 4 } };

test('nothing is told while nothing changes', () => {
  expect(changeBetween(calm, { ...calm, counts: { success: 4 } })).toBeNull();
});

test('what was counted, what was logged, and what was frozen are told apart', () => {
  expect(changeBetween(calm, { ...calm, counts: { success: 5 } })).toMatchObject({
    frozen: false,
    logged: false,
    counts: { success: 5 },
  });
  expect(changeBetween(calm, { ...calm, log: '2' })).toMatchObject({ frozen: false, logged: true });
  expect(changeBetween(calm, { ...calm, log: '2', frozen: '2' })).toMatchObject({ frozen: true, logged: true });
});

/** An answer that a browser listens to. */
function listener() {
  const stream = new PassThrough();
  const heard: string[] = [];
  let wake: () => void = () => undefined;
  stream.on('data', (chunk: Buffer) => {
    heard.push(chunk.toString());
    wake();
  });
  return {
    response: stream as unknown as ServerResponse,
    heard,
    leave: () => stream.destroy(),
    ended: new Promise<void>((resolve) => void stream.on('end', resolve)),
    async hears(text: string): Promise<void> {
      while (!heard.join('').includes(text)) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

/** Looks answer these stamps in turn; `looked` resolves at the look of that number. */
function scripted(stamps: readonly Stamp[]) {
  let looks = 0;
  const waiting = new Map<number, () => void>();
  const changes = createChanges({
    stamp() {
      looks += 1;
      waiting.get(looks)?.();
      return Promise.resolve(stamps[Math.min(looks, stamps.length) - 1] ?? calm);
    },
    report: recordingReport(),
    every: 1,
  });
  return {
    changes,
    looks: () => looks,
    looked: (number: number) => new Promise<void>((resolve) => void waiting.set(number, resolve)),
  };
}

test('one look serves all who listen', async () => {
  const { changes, looks } = scripted([calm, calm, { ...calm, log: '2' }]);
  const [first, second] = [listener(), listener()];
  changes.follow(first.response);
  changes.follow(second.response);
  await Promise.all([first.hears('event: changed'), second.hears('event: changed')]);
  expect(looks()).toBe(3);
  changes.stop();
  await Promise.all([first.ended, second.ended]);
});

test('what changes right after a stream has opened is told', async () => {
  let present = calm;
  const changes = createChanges({ stamp: () => Promise.resolve(present), report: recordingReport(), every: 1 });
  const only = listener();
  changes.follow(only.response);
  await only.hears('retry');
  present = { ...calm, log: '2' };
  await only.hears('event: changed');
  changes.stop();
});

test('nobody listening, nobody looks', async () => {
  const { changes, looks, looked } = scripted([calm]);
  const only = listener();
  const third = looked(3);
  changes.follow(only.response);
  await third;
  only.leave();
  await new Promise<void>((resolve) => void only.response.on('close', resolve));
  // Whoever looked on would be at the next look long before these two have come and gone.
  const before = looks();
  const other = scripted([calm]);
  const later = listener();
  other.changes.follow(later.response);
  await other.looked(20);
  later.leave();
  expect(looks()).toBeLessThanOrEqual(before + 1);
});

test('a look that fails is reported, and the next one is made', async () => {
  const report = recordingReport();
  let looks = 0;
  const changes = createChanges({
    stamp() {
      looks += 1;
      if (looks === 2) return Promise.reject(new Error('away'));
      return Promise.resolve(looks < 4 ? calm : { ...calm, log: '2' });
    },
    report,
    every: 1,
  });
  const only = listener();
  changes.follow(only.response);
  await only.hears('event: changed');
  expect(report.factsOf('changes.unseen')).toHaveLength(1);
  changes.stop();
});

test('a stream ends after its time, so that who may not listen any more is found out', async () => {
  const changes = createChanges({
    stamp: () => Promise.resolve(calm),
    report: recordingReport(),
    every: 1,
    longest: 5,
  });
  const only = listener();
  changes.follow(only.response);
  await expect(only.ended).resolves.toBeUndefined();
});
