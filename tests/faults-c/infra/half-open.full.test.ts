import { noteFinding, printFindings } from '../../faults/findings.ts';
import { startLoad } from '../../faults/load.ts';
import { openScene, type Scene } from '../../faults/scene.ts';
import { secondsSince } from './elapsed.ts';
import { describeLines } from './lines.ts';

const NODES = ['first', 'second', 'third'];
const LONG = 300_000;
/** Ms in which a line that says nothing any more must have been noticed and replaced. */
const NOTICED = 30_000;
/** Requests that were not all on their way already. */
const ENOUGH = 300;

printFindings();

describeLines('a connection becomes half open', (lines) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(
      { ...lines().hindered, judgeUrl: lines().direct.databaseUrl },
      { delivery: { interval: 1 } },
    );
    await scene.startWorker();
    await scene.register(NODES);
  }, LONG);
  afterAll(() => scene.close());

  test.each([
    ['database', 'toDatabase'],
    ['queue', 'toQueue'],
  ] as const)(
    'row 16: to the %s: noticed within 30 s, intake and deliveries go on over new ones, and nothing is sent twice',
    async (what, line) => {
      const { receivers, sender, ingress } = scene;
      const [worker] = scene.workers;
      const load = startLoad(scene, NODES, { pause: 20 });
      await receivers.waitFor(receivers.count + 100);
      lines()[line].lose();
      lines()[line].heal();
      const at = performance.now();
      const acceptedBefore = sender.accepted.length;
      await receivers.waitFor(receivers.count + ENOUGH, undefined, NOTICED);
      const recovery = secondsSince(at);
      await load.stop();
      await scene.drained();
      expect(sender.accepted.length).toBeGreaterThan(acceptedBefore);
      const verdict = await scene.judge(NODES);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      expect([...sender.statuses.keys()].filter((status) => status !== 202 && status !== 503)).toEqual([]);
      expect(scene.workers).toEqual([worker]);
      expect(scene.ingress).toBe(ingress);
      noteFinding({ row: `16, ${what}`, backEnd: lines().name, verdict, recovery });
    },
    LONG,
  );
});
