import { describeBackEnds } from '#testkit';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { openScene, type Scene } from '../../faults/scene.ts';
import { withFailPoint, type Edge } from './shims.ts';

const LONG = 180_000;

printFindings();

describeBackEnds('a worker is killed between two effects', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd);
  }, LONG);
  afterAll(() => scene.close());

  test.each<{ row: string; when: string; at: Edge; duplicates: 'one each' | 'none' }>([
    { row: '3', when: 'has read answers and not recorded them', at: 'before record-results', duplicates: 'one each' },
    { row: '4', when: 'has recorded and not given its lanes back', at: 'after record-results', duplicates: 'none' },
    {
      row: '4, lane given back',
      when: 'has given its lanes back and not ended their jobs',
      at: 'after release-lanes',
      duplicates: 'none',
    },
  ])(
    'row $row: when it $when, the duplicates are $duplicates',
    async ({ row, at, duplicates }) => {
      const { receivers, sender } = scene;
      const nodes = Array.from({ length: 5 }, (_, i) => `edge-${at.replaceAll(/\W+/g, '-')}-${i}`);
      await scene.register(nodes);
      const doomed = await scene.startWorker(withFailPoint({ at, act: 'kill', isArmed: true }));
      await sender.sendMany(1, nodes);
      await doomed.logged('fault.reached');
      await expect(doomed.ended).resolves.toBe('SIGKILL');
      const diedAt = performance.now();
      await receivers.caughtUp();
      const unrecorded = await scene.unrecorded(nodes);
      const isRecorded = at !== 'before record-results';
      if (isRecorded) expect(nodes.flatMap(receivers.requestsOf).length).toBeGreaterThan(unrecorded);
      else expect(unrecorded).toBeGreaterThan(0);

      const heir = await scene.startWorker();
      await scene.drained();
      const recovery = (performance.now() - diedAt) / 1000;
      // What the statement that did not come to be would have recorded, and nothing else; one statement may have had them all.
      const verdict = await scene.judge(nodes, { duplicates: unrecorded });
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: unrecorded });
      if (duplicates === 'none') expect(unrecorded).toBe(0);
      noteFinding({ row, backEnd: backEnd.name, verdict, recovery });
      await heir.stop();
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
      await scene.startIngress(withFailPoint({ at, act: 'kill', isArmed: true }));
      const drafts = call === 'a batch' ? 3 : 1;
      const sent = call === 'a batch' ? sender.sendManySurely(drafts, ['one', 'two']) : sender.sendSurely(['one', 'two']);
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
