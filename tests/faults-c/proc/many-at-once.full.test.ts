import { connectQueue } from '#queue';
import { describeBackEnds, recordingReport, until } from '#testkit';
import { waitUntil } from '../../system/index.ts';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { openScene, type Scene } from '../../faults/scene.ts';

const TEN_THOUSAND = 10_000;
const LONG = 300_000;

printFindings();

describeBackEnds('ten thousand at once', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    // Lanes of what the tests make due are found by the sweep, which is the workers'.
    scene = await openScene(backEnd, { delivery: { startup: { workers: 64 }, interval: 1 } });
  }, LONG);
  afterAll(() => scene.close());
  afterEach(() => Promise.all(scene.workers.map((worker) => worker.stop())));

  test(
    'row 28: one message to 10,000 nodes is accepted, and all their lanes are woken',
    async () => {
      const { sender, ingress } = scene;
      const nodes = await scene.registerMany('28', TEN_THOUSAND);
      const report = recordingReport();
      const queue = await connectQueue({ url: backEnd.queueUrl, databaseUrl: backEnd.databaseUrl, report });
      // The registry hears of nodes a little later than the database.
      await until(async () => expect(await sender.sendOnce([nodes.at(-1) ?? ''])).toBe(202));
      await longestHold(ingress.url);
      const [lanes] = queue.queues();
      const waiting = async () => (await lanes?.getJobCountByTypes('waiting', 'prioritized', 'delayed')) ?? 0;
      // One of them is waiting already, and so may be lanes of nodes that were registered.
      const before = await waiting();

      const at = performance.now();
      expect(await sender.sendOnce(nodes)).toBe(202);
      const accepted = performance.now() - at;
      await waitUntil(waiting, (count) => count === before + TEN_THOUSAND - 1);
      const awake = performance.now() - at;
      const held = await longestHold(ingress.url);
      await queue.close();
      // Aimed at: 1 s, 5 s, 100 ms on a machine that does nothing else. What fails here is of another order.
      expect(accepted).toBeLessThan(5_000);
      expect(awake).toBeLessThan(25_000);
      expect(held).toBeLessThan(1_000);

      await scene.startWorker();
      await scene.drained();
      const recovery = (performance.now() - at) / 1000;
      const verdict = await scene.judge(nodes);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      const note = `202 after ${seconds(accepted)}, awake after ${seconds(awake)}, loop held ${held.toFixed(0)} ms`;
      noteFinding({ row: '28', backEnd: backEnd.name, verdict, recovery, note });
    },
    LONG,
  );

  test(
    'row 29: 10,000 retries due in the same instant keep to the limits of each node and are drained',
    async () => {
      const { receivers, sender, database } = scene;
      const nodes = await scene.registerMany('29', 100);
      await database.pool.query(`UPDATE node SET policy = '{"retry": {"delay": {"fixed": 3600}}}' WHERE id = ANY($1)`, [
        nodes,
      ]);
      receivers.behaveAll((_, index) => (index < 100 ? { status: 503 } : { delay: 5 }));
      await sender.sendMany(100, nodes);
      const worker = await scene.startWorker();
      await scene.attempted(nodes, 1);
      await worker.stop();
      await database.pool.query(`UPDATE delivery SET due_at = now() + interval '5 seconds' WHERE state = 'pending'`);
      const before = receivers.count;

      await scene.startWorker();
      await receivers.waitFor(before + 1);
      const at = performance.now();
      await scene.drained();
      const recovery = (performance.now() - at) / 1000;
      const most = mostAtOnce(receivers.records().filter(({ node }) => node.startsWith('29-')));
      expect(most).toBeLessThanOrEqual(8);
      const { violations, ...verdict } = await scene.judge(nodes);
      // That what the test made due came before its time is the test's doing.
      expect(violations.filter(({ kind }) => kind !== 'early')).toEqual([]);
      expect(verdict).toEqual({ lost: 0, duplicates: 0 });
      noteFinding({ row: '29', backEnd: backEnd.name, verdict, recovery, note: `at most ${most} at once to one node` });
    },
    LONG,
  );

  test(
    'row 30: a node that comes back to 10,000 waiting gets one probe, and then a growing stream',
    async () => {
      const { receivers, sender, database } = scene;
      await scene.register(['30']);
      receivers.behave('30', { fault: 'reset-before-headers' });
      await sender.sendMany(TEN_THOUSAND, ['30']);
      const worker = await scene.startWorker();
      await receivers.waitFor(100, '30');
      await worker.stop();
      await scene.atRest('30');
      receivers.behave('30', { delay: 100 });
      await database.pool.query(`UPDATE delivery SET due_at = now() WHERE state = 'pending' AND node_id = '30'`);
      const before = receivers.requestsOf('30').length;

      const at = performance.now();
      await scene.startWorker();
      await receivers.waitFor(before + 200, '30');
      const arrivals = receivers.requestsOf('30').slice(before, before + 200);
      // The second one does not come with the first, and only when all have come to know the node are there eight at a time.
      expect(distance(arrivals, 0, 1)).toBeGreaterThan(5);
      expect(arrivals[0]?.overlap).toBe(0);
      const growth = arrivals.map(({ connection }) => connection);
      const firstOfEach = [...new Set(growth)].map((connection) => growth.indexOf(connection));
      expect(firstOfEach.length).toBeLessThanOrEqual(8);
      receivers.behave('30', {});
      await scene.drained();
      const recovery = (performance.now() - at) / 1000;
      const { violations, ...verdict } = await scene.judge(['30']);
      // That what the test made due came before its time is the test's doing.
      expect(violations.filter(({ kind }) => kind !== 'early')).toEqual([]);
      expect(verdict).toEqual({ lost: 0, duplicates: 0 });
      const note = `${distance(arrivals, 0, 1).toFixed(0)} ms from the probe to the second request`;
      noteFinding({ row: '30', backEnd: backEnd.name, verdict, recovery, note });
    },
    LONG,
  );
});

function distance(arrivals: readonly { readonly arrivedAt: number }[], from: number, to: number): number {
  return (arrivals[to]?.arrivedAt ?? Infinity) - (arrivals[from]?.arrivedAt ?? 0);
}

/** Most requests under way to one node. */
function mostAtOnce(
  records: readonly { readonly node: string; readonly arrivedAt: number; readonly endedAt: number | null }[],
): number {
  const byNode = new Map<string, [number, number][]>();
  for (const { node, arrivedAt, endedAt } of records) {
    const edges = byNode.get(node) ?? [];
    edges.push([arrivedAt, 1], [endedAt ?? Infinity, -1]);
    byNode.set(node, edges);
  }
  let most = 0;
  for (const edges of byNode.values()) {
    let underWay = 0;
    for (const [, step] of edges.toSorted(([one, first], [other, second]) => one - other || first - second)) {
      underWay += step;
      most = Math.max(most, underWay);
    }
  }
  return most;
}

/** Ms for which a process's event loop was held at most since this was asked last. */
async function longestHold(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const found = /^nodejs_eventloop_lag_max_seconds\{[^}]*\} (\S+)$/m.exec(text);
  if (found === null) throw new Error('there is no nodejs_eventloop_lag_max_seconds');
  return Number(found[1]) * 1_000;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
