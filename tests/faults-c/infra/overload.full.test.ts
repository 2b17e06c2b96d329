import { noteFinding, printFindings } from '../../faults/findings.ts';
import { openScene, type Scene } from '../../faults/scene.ts';
import { describeBackEnds } from '#testkit';
import { lastUntil, secondsSince } from './elapsed.ts';

const LONG = 300_000;
const SINGLE = 450;
const BATCHES = 50;
/** Ms: after 5 s a commit that is under way counts as one that has stopped, and after 10 s it fails. */
const STALL = 8_000;

printFindings();

describeBackEnds('more than the database takes', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd);
    await scene.startWorker();
    await scene.register(['node']);
  }, LONG);
  afterAll(() => scene.close());

  test(
    'row 35: of 500 calls at once to a database that has stopped each is answered 503, none before it goes on 2xx, and afterwards it takes them again',
    async () => {
      const { sender, database } = scene;
      expect(await sender.sendOnce(['node'])).toBe(202);
      const client = await database.pool.connect();
      await client.query('BEGIN');
      await client.query('LOCK TABLE message IN SHARE MODE');
      const at = performance.now();
      const single = Array.from({ length: SINGLE }, () => sender.sendOnce(['node']));
      const batches = Array.from({ length: BATCHES }, () => sender.sendManyOnce(10, ['node']));
      await lastUntil(at + STALL);
      const lateAt = performance.now();
      expect(await sender.sendOnce(['node'])).toBe(503);
      const late = secondsSince(lateAt);
      // All but those whose commit is under way have been refused with it.
      expect(sender.statuses.get(503)).toBeGreaterThan(SINGLE / 2);
      const statuses = await Promise.all([...single, ...batches]);
      const slowest = secondsSince(at);
      expect(new Set(statuses)).toEqual(new Set([503]));
      await client.query('ROLLBACK');
      client.release();

      const recovered = performance.now();
      await sender.sendSurely(['node']);
      const recovery = secondsSince(recovered);
      await sender.sendManySurely(10, ['node']);
      await scene.drained();
      const verdict = await scene.judge(['node']);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      noteFinding({
        row: '35',
        backEnd: backEnd.name,
        verdict,
        recovery,
        note: `500 refused within ${slowest.toFixed(1)} s, and a later one within ${late.toFixed(2)} s`,
      });
    },
    LONG,
  );
});
