import { readFile } from 'node:fs/promises';
import { describeBackEnds, until } from '#testkit';
import type { FleetProcess } from '../../system/index.ts';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { openScene, type Scene } from '../../faults/scene.ts';
import { createChance } from './chance.ts';
import { besideLostLease } from './lost-lease.ts';
import { ORDINARY, randomFaults } from './random-faults.ts';

const NODES = Array.from({ length: 20 }, (_, i) => `soaked-${i}`);
/** Seconds: ten minutes are `FAULTS_SOAK=600`. */
const LENGTH = Number(process.env['FAULTS_SOAK'] ?? 120);
const BETWEEN_FAULTS = 20;
const BATCH = 10;
/** Messages to all nodes by which the capacity is measured. */
const TRIAL = 500;
/** Part of the capacity that is asked for. */
const HALF = 0.5;
/** Ms that the load may be behind, and makes up for. */
const MOST_BEHIND = 2_000;
/** MiB. */
const MOST_GROWTH = 96;
const LONG = LENGTH * 1_000 + 300_000;
const RETRY = { delay: { fixed: 1, progressive: 1 }, max: 0 };

printFindings();

describeBackEnds('everything at random', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd, { delivery: { interval: 2, retry: { max: 0 } } });
    await scene.register(NODES);
    await Promise.all([scene.startWorker(), scene.startWorker()]);
    scene.receivers.behaveAll(ORDINARY);
  }, LONG);
  afterAll(() => scene.close());

  /** Deliveries a second of a warm fleet. */
  async function capacity(): Promise<number> {
    await scene.sender.sendMany(TRIAL, NODES);
    await scene.drained();
    const at = performance.now();
    await scene.sender.sendMany(TRIAL, NODES);
    await scene.drained();
    return (TRIAL * NODES.length * 1_000) / (performance.now() - at);
  }

  /** Batches, each message to half of the nodes, so many deliveries a second. */
  async function load(rate: number, end: number, nodes: () => readonly string[]): Promise<void> {
    let next = performance.now();
    while (performance.now() < end) {
      const to = nodes();
      if (to.length > 0) await scene.sender.sendManySurely(BATCH, to);
      next = Math.max(next + (BATCH * to.length * 1_000) / rate, performance.now() - MOST_BEHIND);
      await new Promise((resolve) => setTimeout(resolve, next - performance.now()));
    }
  }

  /** Resolves when nothing is pending that was accepted before now; answers the seconds that it took. */
  async function lagIsGone(): Promise<number> {
    const at = new Date();
    const query = `SELECT 1 FROM delivery WHERE state = 'pending' AND created_at < $1 LIMIT 1`;
    await until(async () => expect((await scene.database.pool.query(query, [at])).rows).toEqual([]));
    return (Date.now() - at.getTime()) / 1_000;
  }

  test(
    'row 47: a fault every 20 s under half of what the fleet manages: nothing lost, memory flat, and the lag back to zero after each',
    async () => {
      const { sender, receivers } = scene;
      const chance = createChance();
      const rate = (await capacity()) * HALF;
      const end = performance.now() + LENGTH * 1_000;
      const sending = load(rate, end, () => NODES.filter(() => chance.next() < 0.5));

      let killedWorkers = 0;
      const faults = randomFaults(scene, backEnd, () => (killedWorkers += 1));
      const lags: Promise<string>[] = [];
      const memory: number[] = [];
      while (performance.now() + BETWEEN_FAULTS * 1_000 <= end) {
        const name = chance.pick(Object.keys(faults)) ?? '';
        const fault = faults[name]?.();
        lags.push(Promise.resolve(fault).then(async () => `${name} ${(await lagIsGone()).toFixed(1)} s`));
        await Promise.all([fault, new Promise((resolve) => setTimeout(resolve, BETWEEN_FAULTS * 1_000))]);
        memory.push(Math.max(...(await Promise.all([scene.ingress, ...scene.workers].map(residentMemory)))));
      }
      await sending;
      const recovery = await lagIsGone();
      const recovered = await Promise.all(lags);
      await scene.drained();

      const unrecorded = await scene.unrecorded(NODES);
      expect(unrecorded).toBeLessThanOrEqual(killedWorkers * NODES.length * 8);
      const verdict = await scene.judge(NODES, { duplicates: unrecorded + killedWorkers * 8, retry: RETRY });
      expect(besideLostLease(verdict)).toMatchObject({ violations: [], lost: 0 });
      const note =
        `${sender.accepted.length} messages, ${receivers.count} requests, ${rate.toFixed(0)} deliveries a second; ` +
        `lag gone after ${recovered.join(', ')}; memory ${memory.map((mib) => mib.toFixed(0)).join(' ')} MiB ` +
        `(seed ${chance.seed})`;
      noteFinding({ row: '47', backEnd: backEnd.name, verdict, recovery, note });
      if (memory.length > 3) expect(Math.max(...memory) - Math.max(...memory.slice(0, 2))).toBeLessThan(MOST_GROWTH);
    },
    LONG,
  );
});

/** MiB that a process has in memory. */
async function residentMemory({ pid }: FleetProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}
