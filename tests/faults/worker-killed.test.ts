import { describeBackEnds, type BackEnd, type ReceivedRecord } from '#testkit';
import type { FleetProcess } from '../system/index.ts';
import { noteFinding, printFindings } from './findings.ts';
import { lanesOf, recordedWays, type HeldLane } from './lanes.ts';
import { openScene, type Scene } from './scene.ts';

const NODES = Array.from({ length: 20 }, (_, i) => `shared-${i}`);
const MESSAGES_EACH = 100;
/** Ms in which a node answers: long enough for a kill to find lanes in the middle of a batch. */
const ANSWER_TIME = 100;
const LONG = 180_000;

printFindings();

describeBackEnds('a worker is killed', (backEnd) => {
  let scene: Scene;
  let killed: Killed;
  beforeAll(async () => {
    scene = await openScene(backEnd);
    killed = await killOneOfTwo(scene);
  }, LONG);
  afterAll(() => scene.close());

  test('two workers share the lanes, and one is killed in the middle of a batch', () => {
    expect(killed.lanes.length).toBeGreaterThan(0);
    expect(killed.others.length).toBeGreaterThan(0);
    expect(killed.inFlight.size).toBeGreaterThan(0);
    expect(killed.untried).toBeGreaterThan(0);
  });

  test('its deliveries are attempted elsewhere, and none before its leases have run out', () => {
    for (const { node, leasedUntil } of killed.lanes) {
      expect(resumedAt(killed, node)).toBeGreaterThanOrEqual(leasedUntil);
    }
  });

  test('row 1: what had not left when it was killed has no duplicate', async () => {
    const repeated = [...requestsByWay(killed.received)].filter(([, requests]) => requests > 1);
    expect(repeated.filter(([way]) => !killed.inFlight.has(way))).toEqual([]);
    await note('1', scene, backEnd, killed);
  });

  test('row 2: what its nodes were processing has one duplicate each at most, and nothing is lost', async () => {
    expect(Math.max(...requestsByWay(killed.received).values())).toBeLessThanOrEqual(2);
    expect(await scene.judge(NODES, { duplicates: killed.inFlight.size })).toMatchObject({ violations: [], lost: 0 });
    await note('2, two workers', scene, backEnd, killed);
  });
});

interface Killed {
  /** What the killed worker held, and what the other one did. */
  readonly lanes: readonly HeldLane[];
  readonly others: readonly HeldLane[];
  readonly at: number;
  /** When everything that it had sent was there. */
  readonly quietAt: number;
  /** Deliveries that had left when it was killed, and of which nothing was recorded. */
  readonly inFlight: ReadonlySet<string>;
  /** How many of its nodes' deliveries had not left. */
  readonly untried: number;
  /** All requests, when everything was over. */
  readonly received: readonly ReceivedRecord[];
}

async function killOneOfTwo(scene: Scene): Promise<Killed> {
  const { receivers, sender, database } = scene;
  const [one, other] = await Promise.all([scene.startWorker(), scene.startWorker()]);
  receivers.behaveAll({ delay: ANSWER_TIME });
  await scene.register(NODES);
  await sender.sendMany(MESSAGES_EACH, NODES);
  await receivers.waitFor(NODES.length * 10);
  const at = performance.now();
  await kill(one);
  await receivers.caughtUp();
  const quietAt = performance.now();
  const [lanes, others] = await Promise.all([lanesOf(one, database), lanesOf(other, database)]);
  const nodes = lanes.map(({ node }) => node);
  const recorded = await recordedWays(database, nodes);
  const left = receivers
    .records()
    .filter(({ node }) => nodes.includes(node))
    .map(wayOf);
  const inFlight = new Set(left.filter((way) => !recorded.has(way)));
  await scene.drained();
  const untried = nodes.length * MESSAGES_EACH - new Set(left).size;
  return { lanes, others, at, quietAt, inFlight, untried, received: receivers.records() };
}

async function kill(worker: FleetProcess): Promise<void> {
  worker.kill('SIGKILL');
  await worker.ended;
}

/** When the first request after the kill came to a node of the one that was killed. */
function resumedAt({ received, quietAt }: Killed, node: string): number {
  const later = received.filter((request) => request.node === node && request.arrivedAt > quietAt);
  return Math.min(...later.map(({ arrivedAt }) => arrivedAt));
}

function requestsByWay(received: readonly ReceivedRecord[]): Map<string, number> {
  const requests = new Map<string, number>();
  for (const record of received) requests.set(wayOf(record), (requests.get(wayOf(record)) ?? 0) + 1);
  return requests;
}

function wayOf({ message, node }: ReceivedRecord): string {
  return `${message} ${node}`;
}

async function note(row: string, scene: Scene, backEnd: BackEnd, killed: Killed): Promise<void> {
  const last = Math.max(...killed.lanes.map(({ node }) => resumedAt(killed, node)));
  const verdict = await scene.judge(NODES, { duplicates: killed.inFlight.size });
  noteFinding({ row, backEnd: backEnd.name, verdict, recovery: (last - killed.at) / 1000 });
}
