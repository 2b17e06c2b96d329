import { describeBackEnds } from '#testkit';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { openScene, type Scene } from '../../faults/scene.ts';

const HEALTHY = Array.from({ length: 20 }, (_, i) => `healthy-${i}`);
const HANGING = Array.from({ length: 20 }, (_, i) => `hanging-${i}`);
/** Pairs of a stretch without and one with the nodes that hang, in turn, so that both see the same machine. */
const PAIRS = 6;
/** Messages of a stretch, one after the other, each to all healthy nodes. */
const MESSAGES = 60;
/** Ms between two of them. */
const PACE = 100;
/** The target is a tenth; what fails on a busy machine is of another order. */
const MOST_WORSE = 1.5;
const LONG = 300_000;

printFindings();

interface Stretch {
  /** Deliveries to healthy nodes a second. */
  readonly rate: number;
  /** Ms from the sender's answer to the arrival at the node. */
  readonly p50: number;
  readonly p99: number;
}

describeBackEnds('half of forty nodes hang for the whole time-out', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    // One worker: what the hanging ones took, the healthy ones would miss.
    scene = await openScene(backEnd, { delivery: { startup: { workers: 32 } } });
    await scene.startWorker();
    await scene.register(HEALTHY);
    await scene.register(HANGING, { policy: { retry: { max: 0 } } });
    scene.receivers.behaveAll({ delay: 5 });
    for (const node of HANGING) scene.receivers.behave(node, { fault: 'hang' });
  }, LONG);
  afterAll(() => scene.close());

  async function setHanging(action: 'pause' | 'resume'): Promise<void> {
    await Promise.all(HANGING.map((node) => scene.api.call('POST', `/api/v1/nodes/${node}/${action}`)));
  }

  /** A steady load on the healthy nodes. */
  async function stretch(): Promise<Stretch> {
    const { sender, receivers } = scene;
    const first = sender.accepted.length;
    const sentAt = new Map<string, number>();
    const startedAt = performance.now();
    for (let sent = 0; sent < MESSAGES; sent += 1) {
      const next = new Promise((resolve) => setTimeout(resolve, PACE));
      await sender.sendMany(1, HEALTHY);
      sentAt.set(sender.accepted.at(-1)?.message ?? '', performance.now());
      await next;
    }
    await scene.finished(HEALTHY);
    const messages = new Set(sender.accepted.slice(first).map(({ message }) => message));
    const arrivals = HEALTHY.flatMap(receivers.requestsOf)
      .map(({ headers, arrivedAt }) => ({ message: headers['webhook-id'] ?? '', arrivedAt }))
      .filter(({ message }) => messages.has(message));
    const delays = arrivals.map(({ message, arrivedAt }) => arrivedAt - (sentAt.get(message) ?? arrivedAt));
    const last = Math.max(...arrivals.map(({ arrivedAt }) => arrivedAt));
    const rate = (arrivals.length / (last - startedAt)) * 1_000;
    return { rate, p50: quantile(delays, 0.5), p99: quantile(delays, 0.99) };
  }

  test(
    'row 27: the rate and the 99th percentile of the healthy ones stay what they are without them',
    async () => {
      const { sender, receivers } = scene;
      // More than they can be tried with: there is always something that hangs.
      await sender.sendMany(200, HANGING);
      // The first waves of time-outs make them suspect, and the first messages make everything warm.
      await receivers.waitFor(HANGING.length * 8, undefined, LONG);
      await stretch();
      const alone: Stretch[] = [];
      const beside: Stretch[] = [];
      for (let pair = 0; pair < PAIRS; pair += 1) {
        await setHanging('pause');
        alone.push(await stretch());
        const before = receivers.count;
        await setHanging('resume');
        await receivers.waitFor(before + 64);
        beside.push(await stretch());
      }
      const rate = median(beside, 'rate') / median(alone, 'rate');
      const p50 = median(beside, 'p50') / median(alone, 'p50');
      const p99 = median(beside, 'p99') / median(alone, 'p99');
      const { lost, duplicates } = await scene.judge(HEALTHY);
      const msOf = (of: 'p50' | 'p99') => `${median(alone, of).toFixed(1)} → ${median(beside, of).toFixed(1)} ms`;
      const note =
        `without → beside them: rate × ${rate.toFixed(2)}, median × ${p50.toFixed(2)} (${msOf('p50')}), ` +
        `p99 × ${p99.toFixed(2)} (${msOf('p99')})`;
      noteFinding({ row: '27, half hang', backEnd: backEnd.name, verdict: { lost, duplicates }, recovery: null, note });
      expect(rate).toBeGreaterThan(1 / MOST_WORSE);
      expect(p50).toBeLessThan(MOST_WORSE);
      expect(p99).toBeLessThan(MOST_WORSE);
    },
    LONG,
  );
});

describeBackEnds('one node of a hundred takes nine seconds for each', (backEnd) => {
  let scene: Scene;
  const fast = Array.from({ length: 99 }, (_, i) => `fast-${i}`);
  beforeAll(async () => {
    scene = await openScene(backEnd, { delivery: { timeout: 30 } });
    await scene.startWorker();
    await scene.register([...fast, 'slow']);
    scene.receivers.behave('slow', { delay: 9_000 });
  }, LONG);
  afterAll(() => scene.close());

  test(
    'row 27: what the others get arrives while it has not answered once',
    async () => {
      const { sender, receivers } = scene;
      await sender.sendMany(4, ['slow']);
      await receivers.waitFor(1, 'slow');
      await sender.sendMany(20, fast);
      await scene.finished(fast);
      expect(receivers.requestsOf('slow').filter(({ endedAt }) => endedAt !== null)).toEqual([]);
      await scene.drained();
      const verdict = await scene.judge([...fast, 'slow']);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      noteFinding({ row: '27, one slow', backEnd: backEnd.name, verdict, recovery: null });
    },
    LONG,
  );
});

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(Math.floor(sorted.length * part), sorted.length - 1)] ?? 0;
}

function median(stretches: readonly Stretch[], of: keyof Stretch): number {
  return quantile(
    stretches.map((one) => one[of]),
    0.5,
  );
}
