import type { AttemptResult } from '#core';
import type { Database } from '#persistence';
import { openTestStore, startTestPostgres, type TestPostgres, type ViolationKind } from '#testkit';
import { openInProcessFleet, type Breakage, type InProcessFleet } from './in-process-fleet.ts';
import { startReceivers, type Receivers } from './receivers.ts';

// A suite that finds nothing shows something only if its judge finds what is broken. Each of these builds lacks one thing that the
// design rests on, and goes through the fault that it is for; a whole build goes through the same one unharmed.

const MESSAGES = 20;

let server: TestPostgres;
let database: Database;
let receivers: Receivers;
beforeAll(async () => {
  [server, receivers] = await Promise.all([startTestPostgres(), startReceivers()]);
  database = await openTestStore(server);
});
afterAll(async () => {
  await database.close();
  await Promise.all([server.stop(), receivers.close()]);
});

interface Broken {
  readonly name: string;
  readonly breakage: Breakage;
  /** What happens to it, and to the whole build. */
  fault(fleet: InProcessFleet, node: string): Promise<void>;
  /** What the judge must find, among other things. */
  readonly finding: ViolationKind;
}

async function sendAndKill(fleet: InProcessFleet, node: string): Promise<void> {
  await fleet.send(MESSAGES, [node]);
  fleet.kill();
}

async function sendWithoutQueue(fleet: InProcessFleet, node: string): Promise<void> {
  fleet.loseWakeUps();
  await fleet.send(MESSAGES, [node]);
}

const builds: readonly Broken[] = [
  {
    name: 'a sender is answered before the commit, and the process dies',
    breakage: {
      intake: (intake, _fleet, died) => ({
        ...intake,
        store(message) {
          setTimeout(() => died.aborted || void intake.store(message), 100);
          return Promise.resolve({ kind: 'stored', unrouted: false });
        },
      }),
    },
    fault: sendAndKill,
    finding: 'missing',
  },
  {
    name: 'lanes are woken before the commit, and nobody sweeps',
    breakage: {
      wakes: false,
      sweeps: false,
      intake: (intake, fleet) => ({
        ...intake,
        async store(message) {
          await fleet.wake(message.nodes);
          return intake.store(message);
        },
      }),
    },
    // Its own wake-up came too early; the one of the whole build comes after the commit.
    fault: (fleet, node) => fleet.send(MESSAGES, [node]),
    finding: 'pending',
  },
  {
    name: 'a success is recorded before the answer, and the process dies',
    breakage: {
      attempt: (attempt, died) => (node, message, options) => {
        setTimeout(() => died.aborted || void attempt(node, message, options), 100);
        return Promise.resolve(success());
      },
    },
    fault: sendAndKill,
    finding: 'unseen',
  },
  {
    name: 'a lease that someone else has is ignored, and two workers are given the same lane',
    breakage: {
      lanes: (store) => ({
        ...store,
        async take(nodeId, token) {
          const lane = await store.take(nodeId, token);
          if (lane.kind === 'taken') return lane;
          const { rows } = await database.pool.query<{ url: string }>('SELECT url FROM node WHERE id = $1', [nodeId]);
          return takenAnyway({ nodeId, token, url: rows[0]?.url ?? '' });
        },
      }),
    },
    async fault(fleet, node) {
      fleet.loseWakeUps();
      await fleet.send(MESSAGES, [node]);
      await fleet.wakeTwice(node);
    },
    finding: 'overlapping',
  },
  {
    name: 'nobody sweeps, and the queue is emptied',
    breakage: { sweeps: false },
    fault: sendWithoutQueue,
    finding: 'pending',
  },
];

/** Registers a node of its own, and takes a build through its fault. */
async function judged(breakage: Breakage, { fault }: Broken, node: string) {
  const url = receivers.urlOf(node);
  await database.prisma.node.create({ data: { id: node, name: node, url, protocol: 'webhook' } });
  // Slow enough for two requests of one delivery to meet.
  receivers.behave(node, { delay: 20 });
  const fleet = openInProcessFleet({ database, receivers, nodes: [node] }, breakage);
  await fault(fleet, node);
  await fleet.goOn();
  return fleet.judge();
}

describe.each(builds.map((build, i) => ({ ...build, i })))('$name', (build) => {
  test('it is found', async () => {
    const verdict = await judged(build.breakage, build, `broken-${build.i}`);
    expect(verdict.violations.map(({ kind }) => kind)).toContain(build.finding);
    if (build.finding !== 'overlapping') expect(verdict.lost).toBeGreaterThan(0);
  });

  test('a whole build goes through the same unharmed', async () => {
    const verdict = await judged({}, build, `whole-${build.i}`);
    expect(verdict).toMatchObject({ violations: [], lost: 0 });
  });
});

function success(): AttemptResult {
  const result = { outcome: 'success', status: 200, error: null, body: Buffer.alloc(0), retryAfter: null } as const;
  return { ...result, duration: 1, endedAt: performance.now() };
}

function takenAnyway({ nodeId, token, url }: { nodeId: string; token: string; url: string }) {
  const node = {
    id: nodeId,
    url,
    protocol: 'webhook',
    ordering: 'none',
    paused: false,
    policy: {},
    auth: { type: 'none' },
    secrets: [],
  } as const;
  const lease = { nodeId, token, coveredUntil: performance.now() + 20_000 };
  return { kind: 'taken', lease, node, suspect: false, recalled: false, uncleanEnds: 0 } as const;
}
