import { readFile } from 'node:fs/promises';
import { describeBackEnds, type BackEnd } from '#testkit';
import type { FleetProcess } from '../../system/index.ts';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { openScene, type Scene } from '../../faults/scene.ts';
import { createChance } from './chance.ts';
import { besideLostLease } from './lost-lease.ts';

const NODES = Array.from({ length: 20 }, (_, i) => `soaked-${i}`);
/** Seconds: ten minutes are `FAULTS_SOAK=600`. */
const LENGTH = Number(process.env['FAULTS_SOAK'] ?? 120);
const BETWEEN_FAULTS = 20;
/** Ms. */
const PACE = 40;
const BATCH = 10;
const MOST_GROWTH = 96 * 1024 * 1024;
const LONG = LENGTH * 1_000 + 240_000;

printFindings();

describeBackEnds('everything at random', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd, { delivery: { interval: 2, retry: { max: 0 } } });
    await scene.register(NODES);
    await Promise.all([scene.startWorker(), scene.startWorker()]);
  }, LONG);
  afterAll(() => scene.close());

  test(
    'row 47: a fault every 20 s under a steady load: nothing lost, memory flat, and nothing behind at the end',
    async () => {
      const { sender, receivers } = scene;
      const chance = createChance();
      receivers.behaveAll({ delay: 10 });
      const end = performance.now() + LENGTH * 1_000;
      const sending = (async () => {
        while (performance.now() < end) {
          const to = NODES.filter(() => chance.next() < 0.5);
          if (to.length > 0) await sender.sendManySurely(BATCH, to);
          await new Promise((resolve) => setTimeout(resolve, PACE));
        }
      })();

      let killedWorkers = 0;
      const happened: string[] = [];
      const faults = faultsOf(scene, backEnd, () => (killedWorkers += 1));
      const memory: number[] = [];
      while (performance.now() + BETWEEN_FAULTS * 1_000 <= end) {
        const fault = chance.pick(Object.keys(faults));
        if (fault === undefined) break;
        happened.push(fault);
        await Promise.all([faults[fault]?.(), new Promise((resolve) => setTimeout(resolve, BETWEEN_FAULTS * 1_000))]);
        memory.push(await residentMemory(scene.ingress));
      }
      await sending;
      receivers.behaveAll({});
      const over = performance.now();
      await scene.drained();
      const recovery = (performance.now() - over) / 1000;

      const unrecorded = await scene.unrecorded(NODES);
      expect(unrecorded).toBeLessThanOrEqual(killedWorkers * NODES.length * 8);
      const verdict = await scene.judge(NODES, { duplicates: unrecorded + killedWorkers * 8, retry: { ...RETRY } });
      expect(besideLostLease(verdict)).toMatchObject({ violations: [], lost: 0 });
      const note = `${sender.accepted.length} messages, ${happened.join(', ')} (seed ${chance.seed})`;
      noteFinding({ row: '47', backEnd: backEnd.name, verdict, recovery, note });
      if (memory.length > 3) expect(Math.max(...memory) - Math.max(...memory.slice(0, 2))).toBeLessThan(MOST_GROWTH);
    },
    LONG,
  );
});

const RETRY = { delay: { fixed: 1, progressive: 1 }, max: 0 };

/** What can happen. Each is over when it resolves. */
function faultsOf(scene: Scene, backEnd: BackEnd, onKill: () => void): Record<string, () => Promise<void>> {
  const { receivers } = scene;
  const wait = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1_000));
  async function killWorker(worker = scene.workers[0]): Promise<void> {
    worker?.kill('SIGKILL');
    await worker?.ended;
    onKill();
    await scene.startWorker();
  }
  async function behaveFor(seconds: number, behaviour: Parameters<typeof receivers.behaveAll>[0]): Promise<void> {
    receivers.behaveAll(behaviour);
    await wait(seconds);
    receivers.behaveAll({ delay: 10 });
  }
  return {
    'worker killed': () => killWorker(),
    'all workers killed': async () => {
      await Promise.all(scene.workers.map((worker) => killWorker(worker)));
    },
    'worker stopped in order': async () => {
      await scene.workers[0]?.stop();
      await scene.startWorker();
    },
    'worker frozen for 5 s': async () => {
      const [worker] = scene.workers;
      worker?.kill('SIGSTOP');
      await wait(5);
      worker?.kill('SIGCONT');
    },
    'ingress killed': async () => {
      await scene.killIngress();
      await scene.startIngress();
    },
    'queue emptied': () => backEnd.empty(),
    "queue's server restarted": () => backEnd.restart(),
    'nodes fail': () => behaveFor(5, { status: 503 }),
    'nodes hang': () => behaveFor(3, { fault: 'hang' }),
    'connections reset': () => behaveFor(5, (_, index) => (index % 2 === 0 ? { fault: 'reset-before-headers' } : {})),
  };
}

/** Bytes that a process has in memory. */
async function residentMemory({ pid }: FleetProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
