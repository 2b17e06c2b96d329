import { describeBackEnds } from '#testkit';
import type { FleetProcess } from '../../system/index.ts';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { openScene, type Scene } from '../../faults/scene.ts';
import { outcomesAt } from '../../faults/stored-attempts.ts';
import { besideLostLease } from './lost-lease.ts';
import { arm, withFailPoint } from './shims.ts';

/** Longer than a lease, ms. */
const STILL = 26_000;
const LONG = 300_000;

printFindings();

describeBackEnds('a worker stands still for longer than its lease', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd);
  }, LONG);
  afterAll(() => scene.close());
  afterEach(() => Promise.all(scene.workers.map((worker) => worker.stop())));

  /** Seconds until another worker has delivered everything. */
  async function deliveredByAnother(): Promise<number> {
    const at = performance.now();
    await scene.startWorker();
    await scene.drained();
    return (performance.now() - at) / 1000;
  }

  async function cameBack(worker: FleetProcess): Promise<void> {
    const { seconds } = await worker.logged('process.stood-still');
    expect(seconds).toBeGreaterThan(15);
    // It takes lanes again: what comes now is delivered by it alone.
    await scene.workers.find((other) => other !== worker)?.stop();
    await scene.sender.sendMany(1, ['afterwards']);
    await scene.drained();
  }

  beforeAll(() => scene.register(['afterwards']));

  test.each([
    { row: '9, before the request', act: 'stop' as const },
    { row: '10, before the request', act: 'block' as const },
  ])(
    'row $row: between lease and request: no request after the lease',
    async ({ row, act }) => {
      const { receivers, sender } = scene;
      const node = `before-${act}`;
      await scene.register([node]);
      const still = await scene.startWorker(
        withFailPoint({ at: 'after read-due', act, blockFor: STILL, isArmed: true }),
      );
      await sender.sendMany(10, [node]);
      await still.logged('fault.reached');
      const recovery = await deliveredByAnother();
      expect(receivers.requestsOf(node)).toHaveLength(10);

      if (act === 'stop') still.kill('SIGCONT');
      await cameBack(still);
      expect(receivers.requestsOf(node)).toHaveLength(10);
      const verdict = await scene.judge([node, 'afterwards']);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      noteFinding({ row, backEnd: backEnd.name, verdict, recovery });
    },
    LONG,
  );

  test.each([
    { row: '9, in mid-request', act: 'stop' as const },
    { row: '10, in mid-request', act: 'block' as const },
  ])(
    'row $row: one duplicate each at most, and the late failure is logged, not applied over the newer success',
    async ({ row, act }) => {
      const { receivers, sender, database } = scene;
      const node = `amid-${act}`;
      await scene.register([node]);
      // The first answers of this node are failures, and come when nobody can read them.
      receivers.behave(node, (_, index) => (index < 5 ? { status: 500, delay: 1_000 } : {}));
      const still = await scene.startWorker(withFailPoint({ at: 'signal', act, blockFor: STILL }));
      await sender.sendMany(5, [node]);
      await receivers.waitFor(5, node);
      await arm(still);
      await still.logged('fault.reached');
      const recovery = await deliveredByAnother();
      const before = await outcomesAt(database, [node]);
      expect(before.map(({ state, attempts }) => [state, attempts])).toEqual(before.map(() => ['delivered', 1]));

      if (act === 'stop') still.kill('SIGCONT');
      await cameBack(still);
      await scene.attempted([node], 2);
      const after = await outcomesAt(database, [node]);
      expect(after.map(({ state, attempts }) => [state, attempts])).toEqual(after.map(() => ['delivered', 2]));
      expect(after.every(({ outcome }) => outcome !== 'success')).toBe(true);
      const verdict = await scene.judge([node, 'afterwards'], { duplicates: 5 });
      expect(besideLostLease(verdict)).toEqual({ violations: [], lost: 0, duplicates: 5 });
      noteFinding({ row, backEnd: backEnd.name, verdict, recovery });
    },
    LONG,
  );
});
