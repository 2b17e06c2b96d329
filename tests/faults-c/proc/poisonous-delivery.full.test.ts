import { describeBackEnds } from '#testkit';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { openScene, type Scene } from '../../faults/scene.ts';
import { withPoison } from './shims.ts';

const POISON = 'test.poison';
/** Two leases run out before the lane grows careful, and five more over the delivery itself. */
const DEATHS = 7;
const LONG = 400_000;

printFindings();

describeBackEnds('a delivery takes down every process that attempts it', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd);
  }, LONG);
  afterAll(() => scene.close());

  test(
    'row 5: after five times it is frozen with that reason, and the others of its lane are delivered, once each',
    async () => {
      const { sender, api, database } = scene;
      await scene.register(['poisoned', 'beside']);
      const at = performance.now();
      const { id } = await api.send(sender.key, { type: POISON, destinations: ['poisoned'] });
      await sender.sendMany(20, ['poisoned', 'beside']);

      let deaths = 0;
      while ((await scene.pending(['poisoned'])) > 0) {
        const worker = await scene.startWorker(withPoison(POISON));
        const end = await Promise.race([worker.ended, scene.drained().then(() => 'drained' as const)]);
        if (end === 'drained') break;
        expect(end).toBe('SIGKILL');
        deaths += 1;
      }
      expect(deaths).toBe(DEATHS);

      const { deliveries } = await api.message(id);
      expect(deliveries).toMatchObject([
        { state: 'frozen', attempts: 0, lastError: '5 times the process that attempted it went down' },
      ]);
      const logged = await database.pool.query(
        `SELECT detail->>'reason' AS reason FROM log_record WHERE action = 'delivery.frozen'`,
      );
      expect(logged.rows).toEqual([{ reason: '5 times the process that attempted it went down' }]);
      // Of two lanes, up to eight each were under way when the first two processes went down, and one beside it later.
      const verdict = await scene.judge(['poisoned', 'beside'], { duplicates: 2 * 16 + 5 });
      expect(verdict).toMatchObject({ violations: [], lost: 0 });
      const note = `${deaths} processes taken down`;
      noteFinding({ row: '5', backEnd: backEnd.name, verdict, recovery: (performance.now() - at) / 1000, note });
    },
    LONG,
  );
});
