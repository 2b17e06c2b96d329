import { redisAvailable, until, startTestPostgres, startTestRedis, type TestPostgres, type TestRedis } from '#testkit';
import { noteFinding, printFindings } from './findings.ts';
import { SENDERS, startLoad } from './load.ts';
import { openScene, type Scene } from './scene.ts';

const NODES = ['steady-0', 'steady-1', 'steady-2'];
const LONG = 120_000;

printFindings();

const backEnds = redisAvailable() ? (['postgres', 'redis'] as const) : (['postgres'] as const);

// Not on the servers of `describeBackEnds`: here it is always PostgreSQL that goes, and what it committed must survive a crash.
describe.each(backEnds)('row 31: PostgreSQL is restarted (%s)', (backEnd) => {
  let postgres: TestPostgres;
  let redis: TestRedis | undefined;
  let scene: Scene;

  beforeAll(async () => {
    postgres = await startTestPostgres({ durable: true });
    redis = backEnd === 'redis' ? await startTestRedis() : undefined;
    scene = await openScene({ databaseUrl: postgres.url, queueUrl: redis?.url ?? 'database' });
    await scene.startWorker();
    await scene.register(NODES);
  }, LONG);
  afterAll(async () => {
    await scene.close();
    await Promise.all([postgres.stop(), redis?.stop()]);
  });

  test.each(['fast', 'immediate'] as const)(
    '%s, while messages come in, are taken and recorded: 503 meanwhile, nothing is lost, and no process exits',
    async (mode) => {
      const { receivers, sender, ingress } = scene;
      const refusedBefore = sender.statuses.get(503) ?? 0;
      receivers.behaveAll({ delay: 20 });
      const load = startLoad(scene, NODES);
      await receivers.waitFor(receivers.count + 100);

      await postgres.halt(mode);
      await refused(scene, refusedBefore);
      const at = performance.now();
      await postgres.restart();
      const acceptedBefore = sender.accepted.length;
      await accepted(scene, acceptedBefore + SENDERS);
      const recovery = (performance.now() - at) / 1000;
      await receivers.waitFor(receivers.count + 100);
      await load.stop();

      await scene.drained();
      const verdict = await scene.judge(NODES);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      expect([...sender.statuses.keys()].filter((status) => status !== 202 && status !== 503)).toEqual([]);
      expect(await stillRuns(ingress.ended)).toBe(true);
      for (const worker of scene.workers) expect(await stillRuns(worker.ended)).toBe(true);
      noteFinding({ row: `31, ${mode}`, backEnd, verdict, recovery });
    },
    LONG,
  );
});

async function refused({ sender }: Scene, before: number): Promise<void> {
  await until(() => expect(sender.statuses.get(503) ?? 0).toBeGreaterThan(before));
}

async function accepted({ sender }: Scene, wanted: number): Promise<void> {
  await until(() => expect(sender.accepted.length).toBeGreaterThanOrEqual(wanted));
}

function stillRuns(ended: Promise<unknown>): Promise<boolean> {
  return Promise.race([ended.then(() => false), Promise.resolve(true)]);
}
