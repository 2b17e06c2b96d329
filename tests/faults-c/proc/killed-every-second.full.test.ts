import { describeBackEnds } from '#testkit';
import type { FleetProcess } from '../../system/index.ts';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { openScene, type Scene } from '../../faults/scene.ts';
import { createChance } from './chance.ts';
import { repeatsOf, underWayAt } from './repeats.ts';

const NODES = Array.from({ length: 5 }, (_, i) => `hunted-${i}`);
const MESSAGES = 10_000;
const BATCH = 100;
/** Enough that some are up at each kill: a process that starts takes a second or two. */
const WORKERS = 4;
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
    await Promise.all(Array.from({ length: WORKERS }, () => scene.startWorker()));
  }, LONG);
  afterAll(() => scene.close());

  /** As many messages as the kills so far want: the last ones come in the last of the minute. */
  async function sendAlong(kills: () => number): Promise<void> {
    for (let sent = 0; sent < MESSAGES;) {
      const isAhead = sent > (MESSAGES * (kills() + 1)) / KILLS;
      if (isAhead) await new Promise((resolve) => setTimeout(resolve, 20));
      else {
        await scene.sender.sendManySurely(BATCH, NODES);
        sent += BATCH;
      }
    }
  }

  test(
    '10,000 messages to five nodes each: 50,000 delivered, none lost, and each duplicate was under way at a kill',
    async () => {
      const { database, receivers } = scene;
      const chance = createChance();
      /** When a worker was killed, on the clock of the receivers. */
      const deaths: number[] = [];
      const starting = new Set<Promise<unknown>>();
      let isIngressUp = true;
      function replace(victim: FleetProcess): void {
        const isIngress = victim === scene.ingress;
        if (isIngress) isIngressUp = false;
        const next = isIngress ? scene.startIngress().then(() => (isIngressUp = true)) : scene.startWorker();
        starting.add(next);
        void next.finally(() => starting.delete(next));
      }

      const at = performance.now();
      let kills = 0;
      const sending = sendAlong(() => kills);
      while (kills < KILLS) {
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        // Those that are up: after some kills in a row all may be on their way.
        const victim = chance.pick([...scene.workers, ...(isIngressUp ? [scene.ingress] : [])]);
        if (victim === undefined) continue;
        kills += 1;
        victim.kill('SIGKILL');
        await victim.ended;
        if (victim !== scene.ingress) deaths.push(performance.now());
        replace(victim);
      }
      const over = performance.now();
      expect(await scene.pending(NODES)).toBeGreaterThan(0);
      await Promise.all(starting);
      await sending;
      await scene.drained();
      const recovery = (performance.now() - over) / 1000;
      const delivered = await database.pool.query(
        `SELECT count(*)::int AS count FROM delivery WHERE state = 'delivered'`,
      );
      expect(delivered.rows).toEqual([{ count: MESSAGES * NODES.length }]);

      // A kill finds at most so many requests of which nothing is recorded: each lane is worked by one worker at a time.
      const most = deaths.length * NODES.length * CONCURRENCY;
      const unrecorded = await scene.unrecorded(NODES);
      const verdict = await scene.judge(NODES, { duplicates: Math.min(most, unrecorded) });
      expect(verdict).toMatchObject({ violations: [], lost: 0 });
      const repeats = repeatsOf(receivers.records().filter(({ node }) => NODES.includes(node)));
      expect(repeats).toHaveLength(verdict.duplicates);
      expect(repeats.filter((repeat) => !underWayAt(repeat, deaths))).toEqual([]);
      const note =
        `${KILLS} kills in ${((over - at) / 1000).toFixed(0)} s, ${deaths.length} of workers (seed ${chance.seed}); ` +
        `duplicates: each was under way at the kill of a worker, at most ${most}`;
      noteFinding({ row: 'kill every second', backEnd: backEnd.name, verdict, recovery, note });
    },
    LONG,
  );
});
