import { describeBackEnds } from '#testkit';
import { noteFinding, printFindings } from './findings.ts';
import { openScene, type Scene } from './scene.ts';

/** Nodes whose wake-up takes long enough to die in. */
const MANY = 10_000;
const LONG = 180_000;

printFindings();

describeBackEnds('the ingress is killed', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd, { delivery: { interval: 1, startup: { workers: 128 } } });
  }, LONG);
  afterAll(() => scene.close());

  test(
    'row 8: what it was waking, and what it had committed and not begun to wake, the sweep wakes, and nothing is sent twice',
    async () => {
      const { sender, ingress } = scene;
      const many = await scene.registerMany('woken', MANY);
      await scene.register(['unwoken']);
      expect(await sender.sendOnce(many)).toBe(202);
      // Its wake waits for the one of the thousands.
      expect(await sender.sendOnce(['unwoken'])).toBe(202);
      ingress.kill('SIGKILL');
      await ingress.ended;

      const at = performance.now();
      const worker = await scene.startWorker();
      const { lanes } = await worker.logged('sweep.repaired');
      expect(lanes).toBeGreaterThan(0);
      await scene.drained();
      const recovery = (performance.now() - at) / 1000;
      const verdict = await scene.judge([...many, 'unwoken']);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      expect(sender.accepted).toHaveLength(2);
      noteFinding({ row: '8', backEnd: backEnd.name, verdict, recovery });
    },
    LONG,
  );
});
