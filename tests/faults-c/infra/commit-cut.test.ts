import { noteFinding, printFindings } from '../../faults/findings.ts';
import { openScene, type Scene } from '../../faults/scene.ts';
import { describeLines } from './lines.ts';

const LONG = 60_000;

printFindings();

describeLines('the connection is cut at COMMIT', (lines) => {
  let scene: Scene;
  beforeAll(async () => {
    // Only the ingress sends over the line.
    scene = await openScene({ ...lines().hindered, judgeUrl: lines().direct.databaseUrl });
    await scene.startWorker({ servers: lines().direct });
  }, LONG);
  afterAll(() => scene.close());

  test.each([
    // A statement by itself is a transaction by itself: its name is where it is committed.
    { what: 'a message', moment: 'before', pattern: 'store-messages', count: 1 },
    { what: 'a message', moment: 'answered', pattern: 'store-messages', count: 1 },
    { what: 'a batch', moment: 'before', pattern: 'COMMIT', count: 10 },
    { what: 'a batch', moment: 'answered', pattern: 'COMMIT', count: 10 },
  ] as const)(
    'row 32: of $what, $moment: 503, and the repeat with the same ids finds or stores each once',
    async ({ what, moment, pattern, count }) => {
      const { sender, database } = scene;
      const node = `${what.replace(' ', '-')}-${moment}`;
      await scene.register([node]);
      const refused = sender.statuses.get(503) ?? 0;
      const stored = await countMessages(scene);
      const cut = lines().toDatabase.cutAt({ pattern, moment });
      await (count === 1 ? sender.sendSurely([node]) : sender.sendManySurely(count, [node]));
      await cut;
      expect(sender.statuses.get(503)).toBe(refused + 1);
      expect((await countMessages(scene)) - stored).toBe(count);
      await scene.drained();
      const { rows } = await database.pool.query('SELECT attempts FROM delivery WHERE node_id = $1', [node]);
      expect(rows).toEqual(Array.from({ length: count }, () => ({ attempts: 1 })));
      const verdict = await scene.judge([node]);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      noteFinding({ row: `32, ${what}, ${moment}`, backEnd: lines().name, verdict, recovery: null });
    },
    LONG,
  );
});

async function countMessages({ database: { pool } }: Scene): Promise<number> {
  const { rows } = await pool.query<{ count: number }>('SELECT count(*)::int AS count FROM message');
  return rows[0]?.count ?? 0;
}
