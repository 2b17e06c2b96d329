import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describeBackEnds, startDeafNode, type Answer, type DeafNode, type Fault } from '#testkit';
import type { FleetProcess } from '../system/index.ts';
import { noteFinding, printFindings } from './findings.ts';
import type { Behaviour } from './receivers.ts';
import { openScene, type Scene } from './scene.ts';
import { outcomesAt } from './stored-attempts.ts';

/** Seconds for an attempt. A failure freezes: what is meant here is one attempt. */
const BUDGET = 1;
const ONE_ATTEMPT = { policy: { timeout: BUDGET, retry: { max: 1 } } };
const RULE = { delay: { fixed: 1, progressive: 1 }, max: 1 };
const KEPT = 4 * 1024;

const ok = { state: 'delivered', outcome: 'success', status: 200 } as const;
const failed = (status: number) => ({ state: 'frozen', outcome: 'http-error', status }) as const;
const silent = (outcome: string) => ({ state: 'frozen', outcome, status: null }) as const;

printFindings();

describeBackEnds('one attempt at a node whose answer is broken', (backEnd) => {
  let scene: Scene;
  let worker: FleetProcess;
  beforeAll(async () => {
    scene = await openScene(backEnd);
    worker = await scene.startWorker();
  });
  afterAll(() => scene.close());

  /** Sends `count` messages, one after the other, to nodes that behave so; answers what is stored of the last to each. */
  async function deliverTo(row: string, behaviours: Readonly<Record<string, Behaviour>>, count = 1) {
    const { receivers, sender, database } = scene;
    const nodes = Object.keys(behaviours).map((name) => `${row}-${name}`);
    await scene.register(nodes, ONE_ATTEMPT);
    for (const [name, behaviour] of Object.entries(behaviours)) receivers.behave(`${row}-${name}`, behaviour);
    for (let sent = 0; sent < count; sent += 1) {
      expect(await sender.sendOnce(nodes)).toBe(202);
      await scene.drained();
    }
    const verdict = await scene.judge(nodes, { retry: RULE });
    expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
    for (const node of nodes) expect(receivers.requestsOf(node)).toHaveLength(count);
    noteFinding({ row, backEnd: backEnd.name, verdict, recovery: null });
    const outcomes = await outcomesAt(database, nodes);
    return new Map(outcomes.map((outcome) => [outcome.node.slice(row.length + 1), outcome]));
  }

  describe('row 17', () => {
    let deaf: DeafNode;
    beforeAll(async () => {
      deaf = await startDeafNode();
    });
    afterAll(() => deaf.close());

    test('a node that never answers, and one to which no connection comes about, time out at the budget', async () => {
      const { sender, database, api } = scene;
      const outcomes = await deliverTo('17', { hang: { fault: 'hang' } });
      await api.register('17-deaf', { url: `http://127.0.0.1:${deaf.port}`, ...ONE_ATTEMPT });
      expect(await sender.sendOnce(['17-deaf'])).toBe(202);
      await scene.drained();
      for (const outcome of [outcomes.get('hang'), ...(await outcomesAt(database, ['17-deaf']))]) {
        expect(outcome).toMatchObject({ ...silent('timeout'), attempts: 1, kept: null });
        expect(outcome?.duration).toBeGreaterThanOrEqual(BUDGET * 1000);
      }
    });
  });

  test('row 18: headers and bodies that drip are cut at the budget, and a status that came decides', async () => {
    const outcomes = await deliverTo('18', {
      headers: { fault: 'drip-headers' },
      body: { fault: 'drip-body' },
      'failing-body': { fault: 'drip-body', status: 500 },
    });
    expect(outcomes.get('headers')).toMatchObject(silent('timeout'));
    expect(outcomes.get('body')).toMatchObject(ok);
    expect(outcomes.get('failing-body')).toMatchObject(failed(500));
    for (const { duration } of outcomes.values()) expect(duration).toBeGreaterThanOrEqual(BUDGET * 1000);
  });

  test.each([200, 500])('row 19: of %d with a body without end, huge or a bomb, the status decides', async (status) => {
    const outcomes = await deliverTo(`19-${status}`, enormous(status));
    for (const outcome of outcomes.values()) {
      expect(outcome).toMatchObject(status === 200 ? ok : failed(status));
      expect(outcome.kept).toBeLessThanOrEqual(KEPT);
    }
  });

  test('row 19: memory stays flat over them', async () => {
    const { sender } = scene;
    const nodes = Object.keys(enormous(200)).map((name) => `19-200-${name}`);
    await sender.sendMany(30, nodes);
    await scene.drained();
    const before = await residentMemory(worker.pid);
    await sender.sendMany(100, nodes);
    await scene.drained();
    // Three hundred bodies of at least 16 MiB each would be 4.8 GiB if they were read.
    expect((await residentMemory(worker.pid)) - before).toBeLessThan(64 * 1024 * 1024);
  });

  test('row 20: what breaks on a kept-alive connection is one attempt, and never a hidden second request', async () => {
    const broken: Partial<Record<Fault, object>> = {
      'reset-before-headers': silent('connection-error'),
      close: silent('connection-error'),
      garbage: silent('invalid-response'),
      'endless-continue': silent('invalid-response'),
      'endless-informational': silent('invalid-response'),
      'short-body': ok,
      'reset-after-headers': ok,
    };
    const faults = Object.keys(broken) as Fault[];
    const behaviours = faults.map((fault) => [fault, atSecond({ fault })] as const);
    const outcomes = await deliverTo('20', Object.fromEntries(behaviours), 2);
    for (const fault of faults) expect(outcomes.get(fault)).toMatchObject({ ...broken[fault], attempts: 1 });
    const connections = faults.map((fault) =>
      scene.receivers.requestsOf(`20-${fault}`).map(({ connection }) => connection),
    );
    const first = new Set(connections.map(([connection]) => connection));
    expect(connections.some(([, second]) => first.has(second))).toBe(true);
  });

  test('row 21: a redirect, to the node itself or to a metadata address, is a failure and not followed', async () => {
    const behaviours: Record<string, Answer> = {};
    for (const status of [301, 302, 307, 308]) {
      const itself = scene.receivers.urlOf(`21-${status}-itself`);
      behaviours[`${status}-itself`] = { status, headers: { location: itself } };
      behaviours[`${status}-metadata`] = { status, headers: { location: 'http://169.254.169.254/latest/meta-data/' } };
    }
    const outcomes = await deliverTo('21', behaviours);
    expect(outcomes.size).toBe(8);
    for (const [name, outcome] of outcomes) expect(outcome).toMatchObject(failed(Number.parseInt(name, 10)));
  });
});

function atSecond(answer: Answer): Behaviour {
  return (_, index) => (index === 0 ? {} : answer);
}

function enormous(status: number): Record<string, Answer> {
  const huge = Buffer.alloc(16 * 1024 * 1024, 'x');
  return {
    endless: { fault: 'endless-body', status },
    huge: { status, body: huge },
    bomb: { status, headers: { 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(64 * 1024 * 1024)) },
  };
}

/** Bytes that a process has in memory. */
async function residentMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
