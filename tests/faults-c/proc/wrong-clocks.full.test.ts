import { describeBackEnds } from '#testkit';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { openScene, type Scene } from '../../faults/scene.ts';
import { withClock } from './shims.ts';

const NODES = Array.from({ length: 10 }, (_, i) => `clock-${i}`);
const MINUTE = 60;
const HOUR = 3_600;
const LONG = 300_000;

printFindings();

describeBackEnds('clocks are wrong', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd);
    await scene.register(NODES);
    // Each delivery fails once or twice before it is taken, so that retries wait while clocks are wrong.
    const failures = new Map<string, number>();
    scene.receivers.behaveAll(({ headers, path }) => {
      const way = `${headers['webhook-id']} ${path}`;
      const failed = failures.get(way) ?? 0;
      failures.set(way, failed + 1);
      return failed < 2 ? { status: 503, delay: 20 } : { delay: 20 };
    });
  }, LONG);
  afterEach(() => Promise.all(scene.workers.map((worker) => worker.stop())));
  afterAll(() => scene.close());

  async function deliverAndJudge(row: string): Promise<void> {
    const at = performance.now();
    await scene.sender.sendMany(30, NODES);
    await scene.drained();
    const verdict = await scene.judge(NODES);
    expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
    noteFinding({ row, backEnd: backEnd.name, verdict, recovery: (performance.now() - at) / 1000 });
  }

  test(
    'row 37: one worker a minute ahead and one a minute behind, beside one that is right: nothing early, nothing lost, nothing twice',
    async () => {
      await Promise.all([
        scene.startWorker(withClock(MINUTE)),
        scene.startWorker(withClock(-MINUTE)),
        scene.startWorker(),
      ]);
      await deliverAndJudge('37, one worker ± 60 s');
    },
    LONG,
  );

  test.each([HOUR, -HOUR])(
    'row 37: all processes %d s off: nothing early, nothing lost, nothing twice',
    async (offset) => {
      await scene.killIngress();
      await scene.startIngress(withClock(offset));
      await scene.startWorker(withClock(offset));
      await deliverAndJudge(`37, all ${offset > 0 ? '+' : '-'} 1 h`);
    },
    LONG,
  );

  test.each([HOUR, -HOUR])(
    'row 37: a clock that jumps by %d s while retries wait: nothing early, nothing lost, nothing twice',
    async (jump) => {
      const { receivers, sender } = scene;
      const worker = await scene.startWorker(withClock(0, jump));
      const before = receivers.count;
      await sender.sendMany(10, NODES);
      await receivers.waitFor(before + 50);
      worker.kill('SIGUSR2');
      await deliverAndJudge(`37, jump of ${jump > 0 ? '+' : '-'} 1 h`);
    },
    LONG,
  );
});
