import { describeBackEnds } from '#testkit';
import { z } from 'zod';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { openScene, type Scene } from '../../faults/scene.ts';

const NODES = ['kept', 'purged'];
const ROUNDS = 25;
const LONG = 120_000;
const problemSchema = z.object({ errors: z.array(z.object({ path: z.string(), message: z.string() })) });

printFindings();

describeBackEnds('messages are purged the moment they are final', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd, { purge: { delivered: 0.001, frozen: 0.001, log: 0 } });
    await scene.register(NODES);
    await scene.startWorker();
  }, LONG);
  afterAll(() => scene.close());

  test(
    'row 39: beside intake of the same ids, takes and replays only final ones go, whole, and a replay of a purged one is a clear error',
    async () => {
      const { receivers, sender, api, database } = scene;
      let isOver = false;
      const statuses = new Set<number>();
      const again = async (path: string, body: unknown) => {
        while (!isOver) statuses.add((await api.call('POST', path, { body })).status);
      };
      const beside = [
        again('/api/v1/purge', {}),
        again('/api/v1/deliveries/replay', { filter: { state: 'delivered' }, includeDelivered: true }),
      ];
      const ids = Array.from({ length: ROUNDS }, (_, i) => `repeated-${i}`);
      const told = new Map<string, Set<string>>();
      for (const id of ids) {
        // The same call again and again: while its message is there it is that message, afterwards a new one.
        const message = { id, type: 'test.fault', destinations: NODES, payload: { id } };
        const answers = await Promise.all(Array.from({ length: 4 }, () => api.send(sender.key, message)));
        told.set(id, new Set(answers.map((answer) => answer.id)));
      }
      isOver = true;
      await Promise.all(beside);
      await scene.drained();
      expect([...statuses]).toEqual([200]);

      // Whoever was told of a message: it went to both nodes.
      const seen = new Set(receivers.records().map(({ message, node }) => `${message} ${node}`));
      const lost = [...told.values()].flatMap((messages) =>
        [...messages].flatMap((id) => NODES.filter((node) => !seen.has(`${id} ${node}`))),
      );
      expect(lost).toEqual([]);
      expect(receivers.records().every(({ status }) => status === 200)).toBe(true);

      await purgeAll();
      const left = await database.pool.query(
        'SELECT (SELECT count(*) FROM message) + (SELECT count(*) FROM delivery) + (SELECT count(*) FROM attempt) AS rows',
      );
      expect(left.rows).toEqual([{ rows: '0' }]);
      const gone = await api.call('POST', '/api/v1/deliveries/replay', {
        body: { ids: ['1'], includeDelivered: true },
      });
      expect(gone.status).toBe(404);
      expect(problemSchema.parse(gone.body).errors).toEqual([
        { path: 'ids', message: 'there is no delivery 1 (any more)' },
      ]);
      noteFinding({ row: '39', backEnd: backEnd.name, verdict: { lost: lost.length, duplicates: 0 }, recovery: null });
    },
    LONG,
  );

  /** What was replayed last may have become final in this very millisecond. */
  async function purgeAll(): Promise<void> {
    for (let left = 1; left > 0;) {
      await scene.api.call('POST', '/api/v1/purge', { body: {} });
      left = (await scene.database.pool.query('SELECT 1 FROM message')).rowCount ?? 0;
    }
  }
});
