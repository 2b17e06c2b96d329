import { openDatabase } from '#persistence';
import { describeBackEnds, type BackEnd } from '#testkit';
import { inFull } from '../../faults/extent.ts';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { p99, startLoad } from '../../faults/load.ts';
import { openScene, type Scene } from '../../faults/scene.ts';
import { lastUntil, secondsSince } from './elapsed.ts';

const NODES = ['first', 'second', 'third'];
const LONG = 240_000;
/** Ms that the queue is gone, at least: in the short run until workers look into the database for themselves. */
const OUTAGE = inFull(60_000, 0);

printFindings();

describeBackEnds('the queue is gone', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd, { delivery: { interval: 1 } });
    await scene.startWorker();
    await scene.register(NODES);
  }, LONG);
  afterAll(() => scene.close());

  test(
    'row 14: intake goes on as if nothing were, and deliveries by what the database says is due',
    async () => {
      const { receivers, sender, workers } = scene;
      const load = startLoad(scene, NODES, { senders: 4, pause: 50 });
      await receivers.waitFor(100);
      const at = performance.now();
      const bringBack = await takeAway(backEnd);
      await workers[0]?.logged('queue.unreachable');
      const before = receivers.count;
      await receivers.waitFor(before + 1);
      const recovery = secondsSince(at);
      await receivers.waitFor(before + 300);
      await lastUntil(at + OUTAGE);
      expect([...sender.statuses.keys()]).toEqual([202]);
      await bringBack();
      await load.stop();
      await scene.drained();
      const verdict = await scene.judge(NODES);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      expect([...sender.statuses.keys()]).toEqual([202]);
      const note = `intake p99 ${Math.round(p99(load.latencies))} ms`;
      noteFinding({ row: '14', backEnd: backEnd.name, verdict, recovery, note });
    },
    LONG,
  );

  test(
    'row 13: killed under load, and back without its data: nothing is lost and nothing sent twice',
    async () => {
      const { receivers, workers, ingress } = scene;
      const load = startLoad(scene, NODES, { senders: 4, pause: 20 });
      await receivers.waitFor(receivers.count + 100);
      await backEnd.halt();
      const at = performance.now();
      await backEnd.start();
      await backEnd.empty();
      await receivers.waitFor(receivers.count + 100);
      const recovery = secondsSince(at);
      await load.stop();
      await scene.drained();
      const verdict = await scene.judge(NODES);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      expect(scene.workers).toEqual(workers);
      expect(scene.ingress).toBe(ingress);
      noteFinding({ row: '13', backEnd: backEnd.name, verdict, recovery });
    },
    LONG,
  );
});

/**
 * Takes away what the queue is on and leaves the database: of PostgreSQL, which is both, BullMQ's tables, by another name. Answers how to
 * bring it back.
 */
async function takeAway(backEnd: BackEnd): Promise<() => Promise<void>> {
  if (backEnd.name === 'redis') {
    await backEnd.halt();
    return () => backEnd.start();
  }
  await run(backEnd, 'ALTER SCHEMA bullmq RENAME TO elsewhere');
  return () => run(backEnd, 'ALTER SCHEMA elsewhere RENAME TO bullmq');
}

async function run({ databaseUrl: url }: BackEnd, statement: string): Promise<void> {
  const { pool, close } = openDatabase({ url, connections: 1, onError: () => undefined });
  await pool.query(statement);
  await close();
}
