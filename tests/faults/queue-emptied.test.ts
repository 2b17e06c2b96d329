import { describeBackEnds, storeTestMessages } from '#testkit';
import { inFull } from './extent.ts';
import { noteFinding, printFindings } from './findings.ts';
import { openScene, type Scene } from './scene.ts';

const MANY = inFull(10_000, 1_000);
const LONG = 180_000;
const RETRY = { delay: { fixed: 8, progressive: 1 }, max: 4 };

printFindings();

describeBackEnds('row 12: the queue is emptied', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd, { delivery: { interval: 1, retry: RETRY, startup: { workers: 128 } } });
    await scene.startWorker();
  }, LONG);
  afterAll(() => scene.close());

  test(
    'while idle: the next message is delivered, and ticks go on',
    async () => {
      const { receivers, sender, database } = scene;
      await scene.register(['idle', 'unwoken']);
      await backEnd.empty();
      const at = performance.now();
      await sender.sendMany(1, ['idle']);
      await receivers.waitFor(1, 'idle');
      // Nobody wakes the lane of a message that did not come through the ingress: only a tick finds it.
      await storeTestMessages(database, 1, ['unwoken']);
      await receivers.waitFor(1, 'unwoken');
      const recovery = (performance.now() - at) / 1000;
      await scene.drained();
      const verdict = await scene.judge(['idle', 'unwoken']);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      noteFinding({ row: '12, idle, to the tick', backEnd: backEnd.name, verdict, recovery });
    },
    LONG,
  );

  test(
    'under load, again and again: nothing is lost and nothing sent twice',
    async () => {
      const { receivers, sender } = scene;
      const nodes = Array.from({ length: 20 }, (_, i) => `loaded-${i}`);
      const before = receivers.count;
      await scene.register(nodes);
      receivers.behaveAll({ delay: 20 });
      await sender.sendMany(100, nodes);
      for (const count of [200, 600, 1_200]) {
        await receivers.waitFor(before + count);
        await backEnd.empty();
      }
      const at = performance.now();
      await scene.drained();
      const verdict = await scene.judge(nodes);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      noteFinding({
        row: '12, under load',
        backEnd: backEnd.name,
        verdict,
        recovery: (performance.now() - at) / 1000,
      });
    },
    LONG,
  );

  test(
    'with a thousand lanes delayed: each is retried, and none before it is due',
    async () => {
      const { receivers, sender } = scene;
      const nodes = await scene.registerMany('delayed', MANY);
      const before = receivers.count;
      receivers.behaveAll((_, index) => (index === 0 ? { status: 500 } : {}));
      expect(await sender.sendOnce(nodes)).toBe(202);
      await receivers.waitFor(before + nodes.length);
      await backEnd.empty();
      const at = performance.now();
      await scene.drained();
      const verdict = await scene.judge(nodes, { retry: RETRY });
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      noteFinding({
        row: '12, 1,000 delayed',
        backEnd: backEnd.name,
        verdict,
        recovery: (performance.now() - at) / 1000,
      });
    },
    LONG,
  );
});
