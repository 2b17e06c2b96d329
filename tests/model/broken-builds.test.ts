import type { DeliverableNode } from '#core';
import type * as fc from 'fast-check';
import type { Clock, Store, WorkerLanes } from './store/store.ts';
import type { Breakage } from './world/breakage.ts';
import type { LaneJobs } from './world/lane-jobs.ts';
import type { Scenario } from './world/world.ts';
import { search } from './search/search.ts';
import { calmScenario, faultyScenario, lateFailureScenario } from './search/scenarios.ts';

// A search that finds nothing shows something only if it finds what is broken. Each of these builds lacks one thing that the design
// rests on; the search must say what is wrong.

/** Interleavings within which each must be found. */
const RUNS = 3_000;
const SEED = 1;

interface Broken {
  readonly name: string;
  readonly breakage: Breakage;
  /** What the search finds, in the judge's words. */
  readonly finding: RegExp;
  /** Where it is looked for; in a faulty world unless it is found although nothing else breaks. */
  readonly scenario?: fc.Arbitrary<Scenario>;
}

/** A build whose workers use the database in a way of their own. */
function withLanes(change: (lanes: WorkerLanes, clock: Clock) => Partial<WorkerLanes>): Breakage {
  return {
    store: (store: Store, clock: Clock) => ({
      ...store,
      lanes(worker, now) {
        const lanes = store.lanes(worker, now);
        return { ...lanes, ...change(lanes, clock) };
      },
    }),
  };
}

/** The same, with the token of each node's last lease at hand. */
function withHolders(
  change: (lanes: WorkerLanes, holders: ReadonlyMap<string, string>) => Partial<WorkerLanes>,
): Breakage {
  const holders = new Map<string, string>();
  return withLanes((lanes) => ({
    async take(nodeId, token) {
      const lane = await lanes.take(nodeId, token);
      if (lane.kind === 'taken') holders.set(nodeId, token);
      return lane;
    },
    ...change(lanes, holders),
  }));
}

const builds: readonly Broken[] = [
  {
    name: 'a lease that someone else has is ignored',
    breakage: withLanes((lanes, clock) => ({
      async take(nodeId, token) {
        const lane = await lanes.take(nodeId, token);
        if (lane.kind === 'taken') return lane;
        const lease = { nodeId, token, coveredUntil: clock.now + 30_000 };
        return { kind: 'taken', lease, node: nodeNamed(nodeId), suspect: false, recalled: false };
      },
    })),
    finding: /two leases stand/,
  },
  {
    name: 'a worker does not look whether its lease still covers an attempt',
    breakage: withLanes((lanes) => ({
      async take(nodeId, token) {
        const lane = await lanes.take(nodeId, token);
        if (lane.kind === 'taken') {
          Object.defineProperty(lane.lease, 'coveredUntil', { get: () => Infinity, set() {} });
        }
        return lane;
      },
    })),
    finding: /without a standing lease|lease that was lost is renewed/,
  },
  {
    name: 'a failure is applied although the lease was lost',
    breakage: withHolders((lanes, holders) => ({
      record: ({ lease, ...result }) =>
        lanes.record({ ...result, lease: { ...lease, token: holders.get(lease.nodeId) ?? lease.token } }),
    })),
    scenario: lateFailureScenario,
    finding: /under a lease that was lost/,
  },
  {
    name: 'a success is not final',
    scenario: calmScenario,
    breakage: withLanes((lanes) => ({
      record: ({ decision, ...result }) =>
        lanes.record({
          ...result,
          decision: decision.state === 'delivered' ? { state: 'pending', delay: 0 } : decision,
        }),
    })),
    finding: /is attempted after a success/,
  },
  {
    name: 'a success is recorded before the answer',
    scenario: calmScenario,
    breakage: { recordsBeforeAnswer: true },
    finding: /recorded that has not ended/,
  },
  {
    name: 'a lane does not look once more after its delay',
    scenario: calmScenario,
    breakage: { looksAgain: false },
    finding: /but its lane comes at/,
  },
  {
    name: 'a wake-up of an active lane is dropped',
    scenario: calmScenario,
    breakage: { jobs: dropWakeUpsOfActive },
    finding: /but its lane comes at Infinity/,
  },
  {
    name: 'a sender is answered before the commit',
    breakage: { answersBeforeCommit: true },
    finding: /is accepted and not there/,
  },
  {
    name: 'nobody sweeps',
    breakage: { sweeps: false },
    finding: /left undone/,
  },
  {
    name: 'a fifo lane is read like any other',
    scenario: calmScenario,
    breakage: withLanes((lanes) => ({
      readDue: (node, most) => lanes.readDue({ id: node.id, ordering: 'none' }, most),
    })),
    finding: /out of turn/,
  },
  {
    name: 'an attempt is not counted when its lease was lost',
    breakage: withHolders((lanes, holders) => ({
      record: (result) =>
        holders.get(result.lease.nodeId) === result.lease.token ? lanes.record(result) : Promise.resolve(null),
    })),
    finding: /attempts went from/,
  },
];

for (const { name, breakage, finding, scenario = faultyScenario } of builds) {
  test(`it is found when ${name}`, async () => {
    const found = await search({ scenario, runs: RUNS, seed: SEED, shortens: false, breakage });
    expect(found.finding).toMatch(finding);
  });
}

function nodeNamed(id: string): DeliverableNode {
  const ordering = id === 'carrier' ? 'fifo' : 'none';
  return { id, ordering, paused: false, url: '', protocol: 'webhook', policy: {}, auth: { type: 'none' }, secrets: [] };
}

function dropWakeUpsOfActive(jobs: LaneJobs): LaneJobs {
  return {
    ...jobs,
    wake: (nodeIds) => jobs.wake(nodeIds.filter((nodeId) => jobs.of(nodeId)?.state !== 'active')),
  };
}
