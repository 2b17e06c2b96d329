import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '#persistence';
import { describeBackEnds } from '#testkit';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { startLoad } from '../../faults/load.ts';
import { openScene } from '../../faults/scene.ts';
import { secondsSince } from './elapsed.ts';

const NODES = Array.from({ length: 10 }, (_, i) => `node-${i}`);
const LONG = 240_000;
/** Ms. */
const LENGTH = 60_000;
const PAUSE = 15;

/** One at random of all that serve a client but ourselves. */
const CUT = `
SELECT pg_terminate_backend(pid) FROM (
  SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1
) AS victim`;

printFindings();

describeBackEnds('connections are cut at random', (backEnd) => {
  test(
    'row 33: every 15 ms for a minute: nothing is lost, no failure is counted that was none, and nothing is sent twice',
    async () => {
      const scene = await openScene(backEnd, { delivery: { interval: 1 } });
      const { receivers, sender, database, ingress } = scene;
      const worker = await scene.startWorker();
      await scene.register(NODES);
      const load = startLoad(scene, NODES, { pause: 20 });
      await receivers.waitFor(100);
      const cut = await cutForAMinute(database);
      const at = performance.now();
      await receivers.waitFor(receivers.count + 1);
      const recovery = secondsSince(at);
      await load.stop();
      await scene.drained();
      const verdict = await scene.judge(NODES);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      const { rows } = await database.pool.query('SELECT DISTINCT attempts, state FROM delivery');
      expect(rows).toEqual([{ attempts: 1, state: 'delivered' }]);
      expect([...sender.statuses.keys()].filter((status) => status !== 202 && status !== 503)).toEqual([]);
      expect(scene.workers).toEqual([worker]);
      expect(scene.ingress).toBe(ingress);
      const note = `${cut} connections cut, ${sender.accepted.length} messages accepted`;
      noteFinding({ row: '33', backEnd: backEnd.name, verdict, recovery, note });
      await scene.close();
    },
    LONG,
  );
});

/** Answers how many were cut. */
async function cutForAMinute({ pool }: Database): Promise<number> {
  const client = await pool.connect();
  let cut = 0;
  for (const end = performance.now() + LENGTH; performance.now() < end; await sleep(PAUSE)) {
    cut += (await client.query(CUT)).rowCount ?? 0;
  }
  client.release();
  return cut;
}
