import type { BackEnd } from '#testkit';
import type { Scene } from '../../faults/scene.ts';

/** What a node does when nothing is wrong. */
export const ORDINARY = { delay: 10 };

/** What can happen. Each is over when it resolves. */
export function randomFaults(scene: Scene, backEnd: BackEnd, onKill: () => void): Record<string, () => Promise<void>> {
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
    receivers.behaveAll(ORDINARY);
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
