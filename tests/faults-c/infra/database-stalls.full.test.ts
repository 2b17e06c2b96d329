import type { Database } from '#persistence';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { startLoad } from '../../faults/load.ts';
import { openScene, type Scene } from '../../faults/scene.ts';
import { lastUntil, secondsSince } from './elapsed.ts';
import { describeLines, type Lines } from './lines.ts';

const NODES = Array.from({ length: 10 }, (_, i) => `node-${i}`);
const LONG = 300_000;
/** Of a worker's log, a second: one that tries again and again without a pause has thousands. */
const MOST_LINES = 20;

printFindings();

describeLines('PostgreSQL stalls', (lines) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(lines().direct, { delivery: { interval: 1 } });
    await Promise.all([scene.startWorker(), scene.startWorker()]);
    await scene.register(NODES);
  }, LONG);
  afterAll(() => scene.close());

  test.each([
    { what: 'the table of deliveries is locked for 10 s', seconds: 10, stall: lockTable('delivery') },
    { what: 'the table of lanes is locked for 10 s', seconds: 10, stall: lockTable('lane') },
    { what: 'the server is stopped for 10 s', seconds: 10, stall: stopServer },
    { what: 'the server is stopped for longer than a lease', seconds: 25, stall: stopServer },
  ])(
    'row 34: $what: nothing is lost and nothing sent twice',
    async ({ what, seconds, stall }) => {
      const { receivers, sender, ingress } = scene;
      const workers = [...scene.workers];
      receivers.behaveAll({ delay: 50 });
      const load = startLoad(scene, NODES, { pause: 20 });
      await receivers.waitFor(receivers.count + 200);
      const linesBefore = workers.map(({ log }) => log.length);
      const goOn = await stall(scene, lines());
      await lastUntil(performance.now() + seconds * 1000);
      workers.forEach(({ log }, i) => {
        expect(log.length - (linesBefore[i] ?? 0)).toBeLessThan(MOST_LINES * seconds);
      });
      await goOn();
      const at = performance.now();
      await receivers.waitFor(receivers.count + 1);
      const recovery = secondsSince(at);
      await receivers.waitFor(receivers.count + 200);
      await load.stop();
      await scene.drained();
      const verdict = await scene.judge(NODES);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      expect([...sender.statuses.keys()].filter((status) => status !== 202 && status !== 503)).toEqual([]);
      expect(scene.workers).toEqual(workers);
      expect(scene.ingress).toBe(ingress);
      noteFinding({ row: `34, ${what}`, backEnd: lines().name, verdict, recovery });
    },
    LONG,
  );
});

type Stall = (scene: Scene, lines: Lines) => Promise<() => Promise<void>>;

function lockTable(table: string): Stall {
  return async ({ database }: { readonly database: Database }) => {
    const client = await database.pool.connect();
    await client.query('BEGIN');
    await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    return async () => {
      await client.query('ROLLBACK');
      client.release();
    };
  };
}

async function stopServer(_scene: Scene, { postgres }: Lines): Promise<() => Promise<void>> {
  postgres.pause();
  return () => Promise.resolve(postgres.resume());
}
