import { describeBackEnds } from '#testkit';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { openScene, type Scene } from '../../faults/scene.ts';
import { arm, withFailPoint, type Edge } from './shims.ts';

const LONG = 300_000;

printFindings();

describeBackEnds('a worker is killed between two effects', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd);
  }, LONG);
  afterAll(() => scene.close());

  afterEach(() => Promise.all(scene.workers.map((worker) => worker.stop())));

  test.each<{ row: string; when: string; at: Edge; messages: number; isRecorded: boolean }>([
    { row: '3', when: 'answers read, not recorded', at: 'before record-results', messages: 5, isRecorded: false },
    { row: '4', when: 'recorded, lane not given back', at: 'after record-results', messages: 1, isRecorded: true },
    { row: '4, given back', when: 'job not finished', at: 'after release-lanes', messages: 5, isRecorded: true },
  ])(
    'row $row ($when): what was not recorded has exactly one duplicate each, and nothing else has any',
    async ({ row, at, messages, isRecorded }) => {
      const { receivers, sender } = scene;
      const node = `edge-${row.replaceAll(/\W+/g, '-')}`;
      await scene.register([node]);
      const doomed = await scene.startWorker(withFailPoint({ at, act: 'kill', isArmed: true }));
      await sender.sendMany(messages, [node]);
      await expect(doomed.ended).resolves.toBe('SIGKILL');
      const diedAt = performance.now();
      await receivers.caughtUp();
      const sent = receivers.requestsOf(node).length;
      expect(sent).toBeGreaterThan(0);
      const unrecorded = await scene.unrecorded([node]);
      expect(unrecorded).toBe(isRecorded ? 0 : sent);

      await scene.startWorker();
      if (isRecorded && messages > 1) await sender.sendMany(1, [node]);
      await scene.drained();
      const recovery = (performance.now() - diedAt) / 1000;
      const verdict = await scene.judge([node], { duplicates: unrecorded });
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: unrecorded });
      noteFinding({ row, backEnd: backEnd.name, verdict, recovery });
    },
    LONG,
  );
});

describeBackEnds('the ingress is killed around its COMMIT', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd, { delivery: { interval: 1 } });
    await scene.startWorker();
    await scene.register(['one', 'two']);
  }, LONG);
  afterAll(() => scene.close());

  test.each<{ at: Edge; stored: number; call: 'one message' | 'a batch' }>([
    { at: 'before store-messages', stored: 0, call: 'one message' },
    { at: 'after store-messages', stored: 1, call: 'one message' },
    { at: 'before COMMIT', stored: 0, call: 'a batch' },
    { at: 'after COMMIT', stored: 3, call: 'a batch' },
  ])(
    'row 7: $call, killed $at: $stored stored, and the repeat gets them once',
    async ({ at, stored, call }) => {
      const { receivers, sender, database } = scene;
      const storedNow = async () => (await database.pool.query('SELECT 1 FROM message')).rowCount ?? 0;
      const before = await storedNow();
      await scene.killIngress();
      await scene.startIngress(withFailPoint({ at, act: 'kill' }));
      await arm(scene.ingress);
      const drafts = call === 'a batch' ? 3 : 1;
      const sent =
        call === 'a batch' ? sender.sendManySurely(drafts, ['one', 'two']) : sender.sendSurely(['one', 'two']);
      await expect(scene.ingress.ended).resolves.toBe('SIGKILL');
      expect((await storedNow()) - before).toBe(stored);

      await scene.startIngress();
      await sent;
      expect((await storedNow()) - before).toBe(drafts);
      await scene.drained();
      const verdict = await scene.judge(['one', 'two']);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      expect(receivers.requestsOf('one')).toHaveLength(before + drafts);
      noteFinding({ row: `7, ${at}`, backEnd: backEnd.name, verdict, recovery: null });
    },
    LONG,
  );
});
