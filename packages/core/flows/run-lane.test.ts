import type { AttemptOutcome, AttemptResult } from '../delivery/attempt.ts';
import type { PolicyOverrides } from '../delivery/policy.ts';
import type { DeliverableNode } from '../routing/node.ts';
import type { AttemptFact } from './deliver.ts';
import type { DeliveryResult, DueDelivery, LaneStore } from './lane-store.ts';
import { createLane, type LaneOptions } from './run-lane.ts';
import { createSuspectSlots } from './suspect-slots.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

interface World {
  /** Ids of what is due, oldest first. */
  due: string[];
  failures: number;
  node: Partial<DeliverableNode> | null;
  suspect: boolean;
  /** From the taking, or from so many recordings on. */
  recalled: boolean;
  recalledAfter: number;
  uncleanEnds: number;
  /** Of each delivery; it is counted up by marks, and set back by what is recorded. */
  crashes: Record<string, number>;
  readonly marked: string[];
  mayMark: boolean;
  held: number | null;
  nextDue: number | null;
  outcome(id: string): AttemptOutcome | 'given-up';
  readonly recorded: DeliveryResult[];
  readonly released: { suspect: boolean }[];
  readonly tokens: string[];
  readonly facts: AttemptFact[];
  now: number;
  inFlight: number;
  mostInFlight: number;
}

function createWorld(change: Partial<World> = {}): World {
  return {
    due: [],
    failures: 0,
    node: {},
    suspect: false,
    recalled: false,
    recalledAfter: Infinity,
    uncleanEnds: 0,
    crashes: {},
    marked: [],
    mayMark: true,
    held: null,
    nextDue: null,
    outcome: () => 'success',
    recorded: [],
    released: [],
    tokens: [],
    facts: [],
    now: 0,
    inFlight: 0,
    mostInFlight: 0,
    ...change,
  };
}

function nodeOf({ node }: World): DeliverableNode | null {
  if (node === null) return null;
  const defaults = {
    id: 'customs',
    url: 'http://customs',
    protocol: 'webhook',
    ordering: 'none',
    paused: false,
  } as const;
  return { ...defaults, policy: {}, auth: { type: 'none' }, secrets: [], ...node };
}

const deliveryOf = (id: string, { failures, crashes }: World): DueDelivery => ({
  id,
  attempts: failures,
  failures,
  crashes: crashes[id] ?? 0,
  message: {
    id,
    source: 'terminal',
    senderId: null,
    type: 'a.b',
    contentType: 'application/json',
    payload: Buffer.alloc(0),
    recordedTime: null,
    eventType: null,
    attributes: null,
    createdAt: new Date(0),
  },
});

function storeOf(world: World): LaneStore {
  return {
    take(nodeId, token) {
      world.tokens.push(token);
      if (world.held !== null) return Promise.resolve({ kind: 'held', seconds: world.held });
      const lease = { nodeId, token, coveredUntil: world.now + 30_000 };
      return Promise.resolve({
        kind: 'taken',
        lease,
        node: nodeOf(world),
        suspect: world.suspect,
        recalled: world.recalled,
        uncleanEnds: world.uncleanEnds,
      });
    },
    readDue: (_node, most) => Promise.resolve(world.due.splice(0, most).map((id) => deliveryOf(id, world))),
    mark(_lease, { id }) {
      if (world.mayMark) world.marked.push(id);
      return Promise.resolve(world.mayMark);
    },
    record(result) {
      world.recorded.push(result);
      const recalled = world.recorded.length >= world.recalledAfter;
      return Promise.resolve({ state: result.decision.state, attempts: 1, standing: true, recalled });
    },
    release(_lease, state) {
      world.released.push(state);
      return Promise.resolve(world.nextDue);
    },
    cancelOrphans: () => Promise.resolve(world.due.splice(0).length),
  };
}

const answer = (outcome: AttemptOutcome): AttemptResult => ({
  outcome,
  status: outcome === 'success' ? 200 : outcome === 'http-error' ? 500 : null,
  error: null,
  body: null,
  retryAfter: null,
  duration: 1,
  endedAt: 0,
});

function laneOf(world: World, change: Partial<LaneOptions> = {}) {
  let tokens = 0;
  return createLane({
    store: storeOf(world),
    policy: { batch: 100, timeout: 30, concurrency: 4, retry: { delay: { fixed: 60, progressive: 0 }, max: 3 } },
    suspects: createSuspectSlots(1, () => undefined),
    hasFreeSlot: () => false,
    leases: { add: () => undefined, delete: () => undefined },
    newToken: () => `token ${(tokens += 1)}`,
    now: () => world.now,
    report: silent,
    onAttempt: (fact) => world.facts.push(fact),
    async attempt(_node, message) {
      world.inFlight += 1;
      world.mostInFlight = Math.max(world.mostInFlight, world.inFlight);
      await new Promise((resolve) => setImmediate(resolve));
      world.inFlight -= 1;
      const outcome = world.outcome(message.id);
      return outcome === 'given-up' ? null : answer(outcome);
    },
    ...change,
  });
}

const signal = new AbortController().signal;
const ids = (count: number) => Array.from({ length: count }, (_, i) => `d${i + 1}`);
const withPolicy = (policy: PolicyOverrides) => ({ policy });

test('a lane that was recalled before it was taken is given back unread, and comes again at once', async () => {
  const world = createWorld({ due: ids(3), recalled: true, nextDue: -1, suspect: true });
  await expect(laneOf(world)('customs', signal)).resolves.toEqual({ kind: 'later', seconds: 0 });
  expect(world.recorded).toEqual([]);
  expect(world.due).toHaveLength(3);
  expect(world.released).toEqual([{ suspect: true }]);
});

test('a lane of a deleted node is worked off though it was recalled: nobody else would come for what is left', async () => {
  const world = createWorld({ due: ids(2), node: null, recalled: true });
  await expect(laneOf(world)('customs', signal)).resolves.toEqual({ kind: 'idle' });
  expect(world.due).toEqual([]);
});

test('a run that is recalled begins nothing more: what is under way ends and is recorded', async () => {
  const world = createWorld({ due: ids(20), recalledAfter: 2, nextDue: 0 });
  await laneOf(world)('customs', signal);
  expect(world.recorded.map(({ delivery }) => delivery.id)).toEqual(ids(world.recorded.length));
  expect(world.recorded.length).toBeLessThanOrEqual(2 + 4);
  expect(world.inFlight).toBe(0);
});

test('after two unclean ends each delivery is marked and attempted alone', async () => {
  const world = createWorld({ due: ids(5), uncleanEnds: 2 });
  await laneOf(world)('customs', signal);
  expect(world.marked).toEqual(ids(5));
  expect(world.mostInFlight).toBe(1);
  expect(world.recorded.map(({ decision }) => decision.state)).toEqual(ids(5).map(() => 'delivered'));
});

test('after one unclean end nothing is marked, and everything goes at once', async () => {
  const world = createWorld({ due: ids(5), uncleanEnds: 1 });
  await laneOf(world)('customs', signal);
  expect(world.marked).toEqual([]);
  expect(world.mostInFlight).toBe(4);
});

test('one that was marked before comes last, alone and marked again; the others go at once', async () => {
  const world = createWorld({ due: ids(5), crashes: { d1: 1 } });
  await laneOf(world)('customs', signal);
  expect(world.marked).toEqual(['d1']);
  expect(world.facts.at(-1)?.delivery.id).toBe('d1');
  expect(world.recorded).toHaveLength(5);
});

test('in a fifo lane it keeps its turn', async () => {
  const world = createWorld({ due: ids(3), crashes: { d1: 1 }, node: { ordering: 'fifo' } });
  await laneOf(world)('customs', signal);
  expect(world.facts.map(({ delivery }) => delivery.id)).toEqual(ids(3));
});

test('one that took the process down five times is frozen without an attempt, and the others go on', async () => {
  const world = createWorld({ due: ids(3), crashes: { d2: 5 } });
  await laneOf(world)('customs', signal);
  expect(world.facts.map(({ delivery }) => delivery.id).toSorted()).toEqual(['d1', 'd3']);
  const frozen = world.recorded.filter(({ decision }) => decision.state === 'frozen');
  expect(frozen).toEqual([
    expect.objectContaining({
      delivery: expect.objectContaining({ id: 'd2' }),
      decision: { state: 'frozen', reason: '5 times the process that attempted it went down' },
      attempt: null,
    }),
  ]);
});

test('one that must not be marked is not attempted, and the run ends', async () => {
  const world = createWorld({ due: ids(3), uncleanEnds: 2, mayMark: false });
  await laneOf(world)('customs', signal);
  expect(world.facts).toEqual([]);
  expect(world.recorded).toEqual([]);
  expect(world.released).toHaveLength(1);
});

test('a marked one that is given up to stop in time is due as before, without the mark', async () => {
  const world = createWorld({ due: ids(3), uncleanEnds: 2, outcome: () => 'given-up' });
  await laneOf(world)('customs', signal);
  expect(world.recorded.map(({ delivery, decision, attempt }) => [delivery.id, decision, attempt])).toEqual([
    ['d1', { state: 'pending', delay: 0 }, null],
  ]);
});

test('a time-out of a risky one does not hold up the next', async () => {
  const world = createWorld({ due: ids(3), uncleanEnds: 2, outcome: (id) => (id === 'd1' ? 'timeout' : 'success') });
  await laneOf(world)('customs', signal);
  expect(world.facts.map(({ delivery }) => delivery.id)).toEqual(ids(3));
});

test('everything due is attempted, never more than the concurrency at a time, and recorded', async () => {
  const world = createWorld({ due: ids(10) });
  await expect(laneOf(world)('customs', signal)).resolves.toEqual({ kind: 'idle' });
  expect(world.recorded.map(({ delivery, decision }) => [delivery.id, decision.state])).toEqual(
    ids(10).map((id) => [id, 'delivered']),
  );
  expect(world.mostInFlight).toBe(4);
  expect(world.facts).toHaveLength(10);
});

test('a run goes on for as long as more is due and a slot is free', async () => {
  let slots = 3;
  const world = createWorld({ due: ids(10), nextDue: -1, node: withPolicy({ batch: 3 }) });
  const lane = laneOf(world, { hasFreeSlot: () => (slots -= 1) >= 0 });
  await expect(lane('customs', signal)).resolves.toEqual({ kind: 'later', seconds: 0 });
  expect(world.recorded).toHaveLength(10);
  expect(world.tokens).toHaveLength(1);
});

test('what fell due after the last look is taken at once while a slot is free, without a job', async () => {
  const world = createWorld({ due: ids(2), nextDue: 0 });
  const lane = laneOf(world, {
    hasFreeSlot: () => true,
    leases: {
      add: () => undefined,
      delete: () => {
        if (world.tokens.length < 3) world.due.push(`later ${world.tokens.length}`);
        else world.nextDue = null;
      },
    },
  });
  await expect(lane('customs', signal)).resolves.toEqual({ kind: 'idle' });
  expect(world.recorded.map(({ delivery }) => delivery.id)).toEqual(['d1', 'd2', 'later 1', 'later 2']);
  expect(world.tokens).toHaveLength(4);
});

test('a lane whose lease is just running out is not asked for again at once', async () => {
  const world = createWorld({ held: 0 });
  const end = await laneOf(world, { hasFreeSlot: () => true })('customs', signal);
  expect(end).toEqual({ kind: 'later', seconds: 0.01 });
});

test('a run of a suspect node gives its place after its slice though a slot is free', async () => {
  const world = createWorld({
    due: ids(10),
    suspect: true,
    outcome: (id) => (Number(id.slice(1)) % 2 === 0 ? 'timeout' : 'connection-error'),
    node: withPolicy({ batch: 3 }),
  });
  await laneOf(world, { hasFreeSlot: () => true })('customs', signal);
  expect(world.recorded).toHaveLength(3);
});

test('a run after an unclean end gives its lease back after its slice though a slot is free', async () => {
  const world = createWorld({ due: ids(10), uncleanEnds: 2, node: withPolicy({ batch: 3 }) });
  await laneOf(world, { hasFreeSlot: () => true })('customs', signal);
  expect(world.recorded).toHaveLength(3);
  expect(world.released).toHaveLength(1);
});

test('a run ends after a batch, and after its slice of time', async () => {
  const batch = createWorld({ due: ids(10), nextDue: -1, node: withPolicy({ batch: 3 }) });
  await expect(laneOf(batch)('customs', signal)).resolves.toEqual({ kind: 'later', seconds: 0 });
  expect(batch.recorded).toHaveLength(3);

  const slow = createWorld({ due: ids(10), nextDue: 0, node: withPolicy({ concurrency: 1 }) });
  slow.outcome = () => {
    slow.now += 400;
    return 'success';
  };
  await expect(laneOf(slow)('customs', signal)).resolves.toEqual({ kind: 'later', seconds: 0 });
  expect(slow.recorded.map(({ delivery }) => delivery.id)).toEqual(['d1', 'd2', 'd3']);
});

test('a lane that someone else has is come back to when the lease ends', async () => {
  const world = createWorld({ held: 12, due: ids(1) });
  await expect(laneOf(world)('customs', signal)).resolves.toEqual({ kind: 'later', seconds: 12 });
  expect(world.recorded).toEqual([]);
});

test('a paused node gets nothing; a deleted one has its deliveries cancelled', async () => {
  const paused = createWorld({ due: ids(2), node: { paused: true } });
  await expect(laneOf(paused)('customs', signal)).resolves.toEqual({ kind: 'idle' });
  expect(paused).toMatchObject({ recorded: [], due: ids(2) });

  const deleted = createWorld({ due: ids(2), node: null });
  await expect(laneOf(deleted)('customs', signal)).resolves.toEqual({ kind: 'idle' });
  expect(deleted).toMatchObject({ recorded: [], due: [] });
});

test('a whole wave of time-outs ends the run: the rest is put off uncounted, and the node is suspect', async () => {
  const world = createWorld({ due: ids(10), nextDue: 60, outcome: () => 'timeout' });
  await expect(laneOf(world)('customs', signal)).resolves.toEqual({ kind: 'later', seconds: 60 });
  const [tried, putOff] = [world.recorded.slice(0, 4), world.recorded.slice(4)];
  expect(tried.every(({ attempt }) => attempt?.outcome === 'timeout')).toBe(true);
  expect(putOff).toHaveLength(6);
  for (const { attempt, decision } of putOff) {
    expect({ attempt, decision }).toEqual({ attempt: null, decision: { state: 'pending', delay: 60 } });
  }
  expect(world.released).toEqual([{ suspect: true }]);
});

test('quick failures do not end a run', async () => {
  for (const outcome of ['http-error', 'connection-error'] as const) {
    const world = createWorld({ due: ids(10), nextDue: 60, outcome: () => outcome });
    await laneOf(world)('customs', signal);
    expect(world.recorded.filter(({ attempt }) => attempt !== null)).toHaveLength(10);
    expect(world.released).toEqual([{ suspect: false }]);
  }
});

test('one answer among the time-outs keeps the run going and the node unsuspected', async () => {
  const world = createWorld({ due: ids(7), outcome: (id) => (id === 'd3' ? 'http-error' : 'timeout') });
  await laneOf(world)('customs', signal);
  expect(world.released).toEqual([{ suspect: false }]);
  expect(world.recorded.filter(({ attempt }) => attempt !== null)).toHaveLength(7);
});

test('a suspect node stays one until it answers', async () => {
  const refused = createWorld({ suspect: true, due: ids(1), outcome: () => 'connection-error' });
  await laneOf(refused)('customs', signal);
  const answered = createWorld({ suspect: true, due: ids(1), outcome: () => 'http-error' });
  await laneOf(answered)('customs', signal);
  expect([refused.released, answered.released]).toEqual([[{ suspect: true }], [{ suspect: false }]]);
});

test('a suspect lane that finds no place gives its lease back and is called when there is one', async () => {
  const called: string[] = [];
  const suspects = createSuspectSlots(1, (nodeId) => called.push(nodeId));
  suspects.enter('another');
  const world = createWorld({ suspect: true, due: ids(1), nextDue: 0 });
  await expect(laneOf(world, { suspects })('customs', signal)).resolves.toEqual({ kind: 'later', seconds: 30 });
  expect(world).toMatchObject({ recorded: [], released: [{ suspect: true }] });
  suspects.leave();
  expect(called).toEqual(['customs']);
});

test('a fifo lane sends one at a time and stops at the first that is not final', async () => {
  const world = createWorld({
    due: ids(3),
    node: { ordering: 'fifo' },
    outcome: (id) => (id === 'd2' ? 'http-error' : 'success'),
  });
  await laneOf(world)('customs', signal);
  expect(world.mostInFlight).toBe(1);
  expect(world.recorded.map(({ delivery, decision }) => [delivery.id, decision.state])).toEqual([
    ['d1', 'delivered'],
    ['d2', 'pending'],
  ]);
});

test('a budget that is spent already is frozen without a request', async () => {
  const world = createWorld({ due: ids(1), failures: 3 });
  await laneOf(world)('customs', signal);
  expect(world.recorded).toMatchObject([{ attempt: null, decision: { state: 'frozen' } }]);
  expect(world.mostInFlight).toBe(0);
});

test('without a lease that covers it nothing is sent, and nothing recorded', async () => {
  const world = createWorld({ due: ids(10) });
  world.outcome = () => {
    world.now = 31_000;
    return 'success';
  };
  await laneOf(world)('customs', signal);
  expect(world.recorded).toHaveLength(4);
});

test('an abort ends the run after the attempts under way, and what is given up is not recorded', async () => {
  const stopping = new AbortController();
  const world = createWorld({ due: ids(10), nextDue: 0 });
  world.outcome = (id) => {
    stopping.abort();
    return id === 'd2' ? 'given-up' : 'success';
  };
  await expect(laneOf(world)('customs', stopping.signal)).resolves.toEqual({ kind: 'later', seconds: 0 });
  expect(world.recorded.map(({ delivery }) => delivery.id)).toEqual(['d1', 'd3', 'd4']);
  expect(world.released).toHaveLength(1);
});

test('a run that fails waits for what is under way, and the next goes on under the same lease', async () => {
  const world = createWorld({ due: ids(4) });
  const store = storeOf(world);
  let isBroken = true;
  const lane = laneOf(world, {
    store: {
      ...store,
      record: (result) =>
        isBroken && result.delivery.id === 'd1' ? Promise.reject(new Error('away')) : store.record(result),
    },
  });
  await expect(lane('customs', signal)).rejects.toThrow('away');
  expect(world).toMatchObject({ inFlight: 0, released: [] });
  expect(world.recorded).toHaveLength(3);
  isBroken = false;
  await lane('customs', signal);
  await lane('customs', signal);
  expect(world.tokens).toEqual(['token 1', 'token 1', 'token 2']);
});
