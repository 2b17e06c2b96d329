import { describeBackEnds, startTestRedis, type BackEnd } from '#testkit';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { startLoad } from '../../faults/load.ts';
import { openScene } from '../../faults/scene.ts';
import { startProcess } from '../../system/index.ts';
import { secondsSince } from './elapsed.ts';

const NODES = ['first', 'second'];
const LONG = 300_000;

printFindings();

// PostgreSQL as the queue is full when its disk is: disk-full.full.test.ts.
describeBackEnds('the memory of the queue', (backEnd) => {
  const onRedis = backEnd.name === 'redis' ? test : test.skip;

  onRedis(
    'row 15: while Redis is full, intake and deliveries go on without it',
    async () => {
      const redis = await startTestRedis();
      const scene = await openScene(
        { databaseUrl: backEnd.databaseUrl, queueUrl: redis.url },
        { delivery: { interval: 1 } },
      );
      const { receivers, sender } = scene;
      const worker = await scene.startWorker();
      await scene.register(NODES);
      const load = startLoad(scene, NODES, { senders: 2, pause: 50 });
      await receivers.waitFor(50);
      await redis.command('CONFIG SET maxmemory 1');
      const at = performance.now();
      await worker.logged('queue.unreachable');
      const before = receivers.count;
      await receivers.waitFor(before + 1);
      const recovery = secondsSince(at);
      await receivers.waitFor(before + 100);
      await redis.command('CONFIG SET maxmemory 0');
      await worker.logged('queue.reachable');
      await receivers.waitFor(receivers.count + 50);
      await load.stop();
      await scene.drained();
      expect([...sender.statuses.keys()]).toEqual([202]);
      const verdict = await scene.judge(NODES);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      noteFinding({ row: '15, full', backEnd: backEnd.name, verdict, recovery });
      await scene.close();
      await redis.stop();
    },
    LONG,
  );

  onRedis(
    'row 15: a Redis that may throw jobs away stops the start of every process, which says what to do',
    async () => {
      const redis = await startTestRedis({ settings: { 'maxmemory-policy': 'allkeys-lru' } });
      for (const name of ['ingress', 'worker'] as const) {
        await expect(startOn(name, backEnd, redis.url)).rejects.toThrow(/ended \(1\).*maxmemory-policy noeviction/s);
      }
      await redis.stop();
    },
    LONG,
  );
});

function startOn(name: 'ingress' | 'worker', { databaseUrl }: BackEnd, queueUrl: string) {
  return startProcess(name, { databaseUrl, queueUrl });
}
