import { describeBackEnds } from '#testkit';
import type { FleetProcess } from '../../system/index.ts';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { openScene, type Scene } from '../../faults/scene.ts';
import { createChance } from './chance.ts';

const NODES = Array.from({ length: 5 }, (_, i) => `hunted-${i}`);
const MESSAGES = 10_000;
const BATCH = 100;
/** Requests under way to one node. */
const CONCURRENCY = 8;
const KILLS = 60;
const LONG = 400_000;

printFindings();

describeBackEnds('a process is killed every second for a minute', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd, { delivery: { interval: 2 } });
    await scene.register(NODES);
    await Promise.all([scene.startWorker(), scene.startWorker()]);
  }, LONG);
  afterAll(() => scene.close());

  test(
    '10,000 messages to five nodes each: 50,000 delivered, none lost, and each duplicate was under way at a kill',
    async () => {
      const { sender } = scene;
      const chance = createChance();
      const at = performance.now();
      const sending = (async () => {
        for (let sent = 0; sent < MESSAGES; sent += BATCH) {
          await sender.sendManySurely(BATCH, NODES);
          await new Promise((resolve) => setTimeout(resolve, (KILLS * 1_000 * BATCH) / MESSAGES / 2));
        }
      })();
      let killedWorkers = 0;
      const starting = new Set<Promise<unknown>>();
      let isIngressUp = true;
      function replace(victim: FleetProcess): void {
        const isIngress = victim === scene.ingress;
        if (isIngress) isIngressUp = false;
        else killedWorkers += 1;
        const next = isIngress ? scene.startIngress().then(() => (isIngressUp = true)) : scene.startWorker();
        starting.add(next);
        void next.finally(() => starting.delete(next));
      }
      for (let kills = 0; kills < KILLS;) {
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        // Those that are up: after some kills in a row all may be on their way.
        const victim = chance.pick([...scene.workers, ...(isIngressUp ? [scene.ingress] : [])]);
        if (victim === undefined) continue;
        kills += 1;
        victim.kill('SIGKILL');
        await victim.ended;
        replace(victim);
      }
      await Promise.all(starting);
      const over = performance.now();
      await sending;
      await scene.drained();
      const recovery = (performance.now() - over) / 1000;
      const delivered = await scene.database.pool.query(
        `SELECT count(*)::int AS count FROM delivery WHERE state = 'delivered'`,
      );
      expect(delivered.rows).toEqual([{ count: MESSAGES * NODES.length }]);
      // A kill finds at most so many requests of which nothing is recorded: each lane is worked by one worker at a time.
      const most = killedWorkers * NODES.length * CONCURRENCY;
      const unrecorded = await scene.unrecorded(NODES);
      const verdict = await scene.judge(NODES, { duplicates: Math.min(most, unrecorded) });
      expect(verdict).toMatchObject({ violations: [], lost: 0 });
      const note =
        `${KILLS} kills in ${((over - at) / 1000).toFixed(0)} s, ${killedWorkers} of workers (seed ${chance.seed}); ` +
        `duplicates: requests under way at a kill, at most ${most}`;
      noteFinding({ row: 'kill every second', backEnd: backEnd.name, verdict, recovery, note });
    },
    LONG,
  );
});
