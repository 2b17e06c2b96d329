import { describeBackEnds } from '#testkit';
import { noteFinding, printFindings } from './findings.ts';
import { openScene, type Scene } from './scene.ts';

/** Five nodes at eight requests each. */
const NODES = Array.from({ length: 5 }, (_, i) => `busy-${i}`);
const IN_FLIGHT = 40;
const LONG = 120_000;

printFindings();

describeBackEnds('a worker is told to stop', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd);
  }, LONG);
  afterAll(() => scene.close());

  test(
    'row 11: with 40 requests in flight it ends in order, gives its leases back, and nothing is sent twice',
    async () => {
      const { receivers, sender, database } = scene;
      const worker = await scene.startWorker();
      receivers.behaveAll({ delay: 3_000 });
      await scene.register(NODES);
      await sender.sendMany(20, NODES);
      await receivers.waitFor(IN_FLIGHT);
      expect(receivers.records().filter(({ endedAt }) => endedAt === null)).toHaveLength(IN_FLIGHT);

      const at = performance.now();
      await expect(worker.stop()).resolves.toBe(0);
      const recovery = (performance.now() - at) / 1000;
      const leased = await database.pool.query('SELECT node_id FROM lane WHERE token IS NOT NULL');
      expect(leased.rows).toEqual([]);
      expect(await scene.unrecorded(NODES)).toBe(0);
      expect(receivers.count).toBe(IN_FLIGHT);

      receivers.behaveAll({});
      await scene.startWorker();
      await scene.drained();
      const verdict = await scene.judge(NODES);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      noteFinding({ row: '11, time to stop', backEnd: backEnd.name, verdict, recovery });
    },
    LONG,
  );
});
