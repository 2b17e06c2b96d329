import { describeBackEnds } from '#testkit';
import { noteFinding, printFindings } from './findings.ts';
import { openScene, type Scene } from './scene.ts';

const NODES = Array.from({ length: 20 }, (_, i) => `waiting-${i}`);
const LONG = 180_000;

printFindings();

describeBackEnds('all workers are killed', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd);
  }, LONG);
  afterAll(() => scene.close());

  test(
    'row 6: with 5,000 waiting and some in flight, all are delivered after the restart',
    async () => {
      const { receivers, sender } = scene;
      const workers = await Promise.all([scene.startWorker(), scene.startWorker()]);
      receivers.behaveAll({ delay: 50 });
      await scene.register(NODES);
      await sender.sendMany(250, NODES);
      await receivers.waitFor(500);
      const at = performance.now();
      for (const worker of workers) worker.kill('SIGKILL');
      await Promise.all(workers.map(({ ended }) => ended));
      await receivers.caughtUp();
      const inFlight = await scene.unrecorded(NODES);
      expect(inFlight).toBeGreaterThan(0);
      expect(await scene.pending(NODES)).toBeGreaterThan(3_000);

      await Promise.all([scene.startWorker(), scene.startWorker()]);
      await scene.drained();
      const verdict = await scene.judge(NODES, { duplicates: inFlight });
      expect(verdict).toMatchObject({ violations: [], lost: 0 });
      noteFinding({ row: '6', backEnd: backEnd.name, verdict, recovery: (performance.now() - at) / 1000 });
    },
    LONG,
  );
});
