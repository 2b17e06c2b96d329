import { noteFinding, printFindings } from '../../faults/findings.ts';
import { lanesOf } from '../../faults/lanes.ts';
import { openScene, type Scene } from '../../faults/scene.ts';
import type { FleetProcess } from '../../system/index.ts';
import { secondsSince } from './elapsed.ts';
import { describeLines } from './lines.ts';

const LONG = 300_000;
/** Ms in which a node answers. */
const ANSWER_TIME = 3_000;
const MESSAGES = 20;
/** Requests to one node at a time. */
const IN_FLIGHT = 8;

interface CutOff {
  readonly worker: FleetProcess;
  /** When it was, on the clock of `performance.now()`, and when its lease runs out, never later than it really does. */
  readonly at: number;
  readonly leasedUntil: number;
}

printFindings();

describeLines('a worker is cut off in the middle of requests', (lines) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(lines().direct, { delivery: { interval: 1 } });
  }, LONG);
  afterAll(() => scene.close());
  afterEach(async () => {
    lines().toDatabase.heal();
    lines().toQueue.heal();
    await Promise.all(scene.workers.map((worker) => worker.stop()));
  });

  /** A worker behind the lines that is cut off with so many requests under way; and then another one past the lines. */
  async function startCutOff(node: string, line: 'toDatabase' | 'toQueue'): Promise<CutOff> {
    await scene.register([node]);
    scene.receivers.behave(node, { delay: ANSWER_TIME });
    const worker = await scene.startWorker({ servers: lines().hindered });
    await scene.sender.sendMany(MESSAGES, [node]);
    await scene.receivers.waitFor(IN_FLIGHT, node);
    lines()[line].refuse();
    const at = performance.now();
    const [held] = await lanesOf(worker, scene.database);
    await scene.startWorker();
    return { worker, at, leasedUntil: held?.leasedUntil ?? NaN };
  }

  test(
    'row 46: from PostgreSQL, and back before its lease ends: it begins no new request meanwhile, and records what it has',
    async () => {
      const node = 'back-in-time';
      const { receivers } = scene;
      const { worker, at } = await startCutOff(node, 'toDatabase');
      await worker.logged('results.waiting');
      expect(receivers.requestsOf(node)).toHaveLength(IN_FLIGHT);
      lines().toDatabase.heal();
      await receivers.waitFor(IN_FLIGHT + 1, node);
      const recovery = secondsSince(at);
      await scene.drained();
      const verdict = await scene.judge([node]);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      noteFinding({ row: '46, back before its lease ends', backEnd: lines().name, verdict, recovery });
    },
    LONG,
  );

  test(
    'row 46: from PostgreSQL for longer than its lease: another goes on, and what was under way is sent twice at most',
    async () => {
      const node = 'too-late';
      const { receivers } = scene;
      const { worker, at, leasedUntil } = await startCutOff(node, 'toDatabase');
      await receivers.waitFor(IN_FLIGHT + 1, node);
      const recovery = secondsSince(at);
      expect(receivers.requestsOf(node)[IN_FLIGHT]?.arrivedAt).toBeGreaterThanOrEqual(leasedUntil);
      lines().toDatabase.heal();
      await scene.drained();
      // It records late what it had done, which the judge must find: stopping waits for that.
      expect(await worker.stop()).toBe(0);
      const verdict = await scene.judge([node], { duplicates: IN_FLIGHT });
      expect(verdict).toMatchObject({ violations: [], lost: 0 });
      noteFinding({ row: '46, longer than its lease', backEnd: lines().name, verdict, recovery });
    },
    LONG,
  );

  // Where the queue is on PostgreSQL, who is cut off from one is cut off from both.
  test(
    'row 46: from the queue: what was under way is recorded, and nothing sent twice',
    async () => {
      if (lines().toQueue === lines().toDatabase) return;
      const node = 'without-queue';
      const { worker, at } = await startCutOff(node, 'toQueue');
      await scene.attempted([node], 1);
      const recovery = secondsSince(at);
      lines().toQueue.heal();
      await scene.drained();
      expect(worker.log.filter(({ event }) => event === 'process.crashed')).toEqual([]);
      const verdict = await scene.judge([node]);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      noteFinding({ row: '46, from the queue', backEnd: lines().name, verdict, recovery });
    },
    LONG,
  );
});
