import { createSweep } from '#core';
import { createDueStore, migrate } from '#persistence';
import { connectQueue, type LaneQueue } from '#queue';
import { describeBackEnds, recordingReport, storeTestMessages } from '#testkit';
import { z } from 'zod';
import { noteFinding, printFindings } from './findings.ts';
import { openScene, type Scene } from './scene.ts';

const TEN = Array.from({ length: 10 }, (_, i) => i);
const DAY = 86_400;
const ONE_ATTEMPT = { delay: { fixed: 1, progressive: 1 }, max: 1 };
const countSchema = z.object({ count: z.int() });
const purgedSchema = z.object({ delivered: z.int(), frozen: z.int(), log: z.int() });

printFindings();

describeBackEnds('the same work in the same instant', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd);
  });
  afterAll(() => scene.close());

  test('row 38: of ten migrations of an empty database one does the work', async () => {
    await scene.database.pool.query('CREATE DATABASE migrated_ten_times');
    const databaseUrl = backEnd.databaseUrl.replace(/[^/]+$/, 'migrated_ten_times');
    const applied = await Promise.all(TEN.map(() => migrate(databaseUrl)));
    expect(applied.filter(({ length }) => length > 0)).toHaveLength(1);
    // BullMQ has tables and migrations of its own on PostgreSQL.
    const queueUrl = backEnd.queueUrl;
    const queues = await Promise.all(
      TEN.map(() => connectQueue({ url: queueUrl, databaseUrl, report: recordingReport() })),
    );
    expect(queues.map((queue) => queue.isReachable())).toEqual(TEN.map(() => true));
    await closeAll(queues);
  });

  test('row 38: of ten sweeps each lane is woken once', async () => {
    const { database } = scene;
    // Nobody wakes these lanes but a sweep.
    const nodes = await scene.registerMany('38-swept', 30);
    await storeTestMessages(database, 10, nodes);
    await backEnd.empty();
    const { queueUrl: url, databaseUrl } = backEnd;
    const report = recordingReport();
    const queues = await Promise.all(TEN.map(() => connectQueue({ url, databaseUrl, report })));
    const due = createDueStore(database);
    await Promise.all(queues.map((queue) => sweepOf(queue, due)()));
    const [lanes] = queues[0]?.queues() ?? [];
    expect(await lanes?.getJobCountByTypes('waiting', 'prioritized', 'delayed', 'active')).toBe(nodes.length);
    await closeAll(queues);

    await scene.startWorker();
    await scene.drained();
    const verdict = await scene.judge(nodes);
    expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
    noteFinding({ row: '38, sweeps', backEnd: backEnd.name, verdict, recovery: null });
  });
});

describeBackEnds('the same call in the same instant', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd, { purge: { delivered: DAY, frozen: 0, log: 0 } });
    await scene.startWorker();
  });
  afterAll(() => scene.close());

  test('row 38: of ten purges each message is removed by one, and no other message goes', async () => {
    const { database, sender, api } = scene;
    await scene.register(['38-old', '38-new']);
    await sender.sendMany(500, ['38-old']);
    await sender.sendMany(100, ['38-new']);
    await scene.drained();
    await database.pool.query(
      `UPDATE delivery SET delivered_at = delivered_at - interval '2 days' WHERE node_id = '38-old'`,
    );
    const replies = await Promise.all(TEN.map(() => api.call('POST', '/api/v1/purge', { body: {} })));
    const counts = replies.map(({ body }) => purgedSchema.parse(body));
    expect(counts.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(500);
    expect(counts.map(({ frozen, log }) => frozen + log)).toEqual(TEN.map(() => 0));
    const left = await database.pool.query(`SELECT 1 FROM delivery WHERE node_id = '38-old'`);
    expect(left.rows).toEqual([]);
    const verdict = await scene.judge(['38-new']);
    expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
    noteFinding({ row: '38, purges', backEnd: backEnd.name, verdict, recovery: null });
  });

  test.each(['frozen', 'delivered'] as const)(
    'row 40: a %s delivery that is replayed fifty times at once gets one new budget',
    async (state) => {
      const { receivers, sender, api, database } = scene;
      const node = `40-${state}`;
      const status = state === 'frozen' ? 500 : 200;
      await scene.register([node], { policy: { retry: ONE_ATTEMPT } });
      receivers.behave(node, { status });
      expect(await sender.sendOnce([node])).toBe(202);
      await scene.drained();

      // Slow, so that every replay comes before the first one's attempt is over.
      receivers.behave(node, { status, delay: 3_000 });
      const { rows } = await database.pool.query('SELECT id::text FROM delivery WHERE node_id = $1', [node]);
      const body = { ids: rows.map(({ id }: { id: string }) => id), includeDelivered: true };
      const presses = Array.from({ length: 50 }, () => api.call('POST', '/api/v1/deliveries/replay', { body }));
      const counts = (await Promise.all(presses)).map((reply) => countSchema.parse(reply.body).count);
      expect(counts.toSorted((one, other) => one - other)).toEqual([...Array<number>(49).fill(0), 1]);

      await scene.drained();
      expect(receivers.requestsOf(node)).toHaveLength(2);
      const after = await database.pool.query(
        `SELECT state, attempts, budget_start AS "budgetStart" FROM delivery WHERE node_id = $1`,
        [node],
      );
      expect(after.rows).toEqual([{ state, attempts: 2, budgetStart: 1 }]);
      const verdict = await scene.judge([node], { retry: ONE_ATTEMPT });
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      noteFinding({ row: `40, ${state}`, backEnd: backEnd.name, verdict, recovery: null });
    },
  );
});

function sweepOf(queue: LaneQueue, due: ReturnType<typeof createDueStore>): () => Promise<void> {
  return createSweep({
    dueNodes: () => due.dueNodes(),
    unqueued: (nodeIds) => queue.unqueued(nodeIds),
    wake: (nodeIds) => queue.wake(nodeIds),
    report: recordingReport(),
    onRepaired: () => undefined,
  });
}

async function closeAll(queues: readonly LaneQueue[]): Promise<void> {
  await Promise.all(queues.map((queue) => queue.close()));
}
