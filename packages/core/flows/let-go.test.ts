import type { LaneEnd } from '../delivery/lane-end.ts';
import { createLettingGo } from './let-go.ts';

const signal = new AbortController().signal;
const IDLE: LaneEnd = { kind: 'idle' };

function setUp() {
  const runs: { nodeId: string; end(end: LaneEnd): void; fail(error: Error): void }[] = [];
  const told: string[] = [];
  const tell = (event: string) => void told.push(event);
  const lettingGo = createLettingGo(
    (nodeId) => new Promise((resolve, reject) => runs.push({ nodeId, end: resolve, fail: reject })),
    { debug: tell, info: tell, warn: tell, error: tell },
  );
  return { runs, told, lettingGo };
}

test('a run ends as it does, or fails as it does', async () => {
  const { runs, told, lettingGo } = setUp();
  const [ending, failing] = [lettingGo.run('a', signal), lettingGo.run('b', signal)];
  runs[0]?.end(IDLE);
  runs[1]?.fail(new Error('broken'));
  await expect(ending).resolves.toBe(IDLE);
  await expect(failing).rejects.toThrow('broken');
  expect(told).toEqual([]);
});

test('a run whose lease has run out lets its job go, and no other', async () => {
  const { runs, lettingGo } = setUp();
  const [late, other] = [lettingGo.run('a', signal), lettingGo.run('b', signal)];
  lettingGo.expired({ nodeId: 'a' });
  await expect(late).resolves.toEqual({ kind: 'later', seconds: 1 });
  runs[1]?.end(IDLE);
  await expect(other).resolves.toBe(IDLE);
  expect(runs).toHaveLength(2);
});

test('while it still records, this process does not begin the lane again; afterwards it does', async () => {
  const { runs, told, lettingGo } = setUp();
  void lettingGo.run('a', signal);
  lettingGo.expired({ nodeId: 'a' });
  await expect(lettingGo.run('a', signal)).resolves.toEqual({ kind: 'later', seconds: 1 });
  expect(runs).toHaveLength(1);
  const idle = lettingGo.idle();
  runs[0]?.fail(new Error('given up'));
  await idle;
  expect(told).toEqual(['lane.let-go', 'lane.failed']);
  const again = lettingGo.run('a', signal);
  runs[1]?.end(IDLE);
  await expect(again).resolves.toBe(IDLE);
});

test('a lease that runs out after its run is nothing', () => {
  const { told, lettingGo } = setUp();
  lettingGo.expired({ nodeId: 'a' });
  expect(told).toEqual([]);
});
