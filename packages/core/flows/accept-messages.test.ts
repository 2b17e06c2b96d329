import type { Call } from '../message/call.ts';
import type { NewMessage } from '../message/message.ts';
import { createRegistry } from '../routing/registry.ts';
import { createAcceptMessages, type StoreOutcome } from './accept-messages.ts';

const known = createRegistry([
  { id: 'a', did: 'did:web:a', subscriptions: ['t'] },
  { id: 'b', did: null, subscriptions: [] },
]);
const fresh = createRegistry(['a', 'b', 'new'].map((id) => ({ id, did: null, subscriptions: [] })));

const call: Call = {
  senderId: null,
  type: 't',
  contentType: 'text/plain',
  payload: Buffer.from('x'),
  recordedTime: null,
  eventType: null,
  attributes: null,
  origin: null,
  route: 'named',
  destinations: ['b'],
};

const stored: StoreOutcome = { kind: 'stored', unrouted: false };

function setUp(outcomes: readonly StoreOutcome[], current = known) {
  const seen = {
    single: [] as NewMessage[],
    together: [] as (readonly NewMessage[])[],
    woken: [] as string[],
    refreshed: 0,
  };
  let ids = 0;
  const accept = createAcceptMessages({
    registry: {
      start: () => Promise.resolve(),
      current: () => current,
      refresh() {
        seen.refreshed += 1;
        return Promise.resolve(fresh);
      },
    },
    intake: {
      store(message) {
        seen.single.push(message);
        return outcomes[0] === undefined ? Promise.reject(new Error('gone')) : Promise.resolve(outcomes[0]);
      },
      storeAll(messages) {
        seen.together.push(messages);
        return Promise.resolve(outcomes);
      },
    },
    waker: { later: (nodes) => void seen.woken.push(...nodes), idle: () => Promise.resolve() },
    nextId: () => `id ${(ids += 1)}`,
  });
  return { accept, seen };
}

const fromA = { kind: 'node', nodeId: 'a' } as const;

test('one message joins a group commit; several are one transaction', async () => {
  const { accept, seen } = setUp([stored, stored]);
  await accept(fromA, [call]);
  await accept(fromA, [call, call]);
  expect(seen.single).toHaveLength(1);
  expect(seen.together).toEqual([[expect.objectContaining({ id: 'id 2' }), expect.objectContaining({ id: 'id 3' })]]);
  expect(await accept(fromA, [])).toEqual({ kind: 'accepted', messages: [] });
});

test("a message's source is the origin's DID, else its id", async () => {
  const { accept, seen } = setUp([stored]);
  await accept(fromA, [call]);
  await accept({ kind: 'node', nodeId: 'b' }, [call]);
  expect(seen.single.map(({ origin, source }) => [origin, source])).toEqual([
    ['a', 'did:web:a'],
    ['b', 'b'],
  ]);
});

test('what is pending wakes its receivers, of a repeat too, which is told with the first id', async () => {
  const first: StoreOutcome = {
    kind: 'repeated',
    id: 'first',
    unrouted: false,
    deliveries: [
      { node: 'b', state: 'frozen' },
      { node: 'new', state: 'pending' },
    ],
  };
  const { accept, seen } = setUp([first, stored]);
  const acceptance = await accept(fromA, [call, { ...call, destinations: ['a'] }]);
  expect(acceptance).toEqual({
    kind: 'accepted',
    messages: [
      { id: 'first', origin: 'a', deliveries: first.deliveries, unrouted: false, repeated: true },
      { id: 'id 2', origin: 'a', deliveries: [{ node: 'a', state: 'pending' }], unrouted: false, repeated: false },
    ],
  });
  expect(seen.woken).toEqual(['new', 'a']);
});

test('a conflict wakes nobody', async () => {
  const { accept, seen } = setUp([stored, { kind: 'conflict' }]);
  expect(await accept(fromA, [call, call])).toEqual({ kind: 'conflict', calls: [1] });
  expect(seen.woken).toEqual([]);
});

test('a store that fails rejects, and wakes nobody', async () => {
  const { accept, seen } = setUp([]);
  await expect(accept(fromA, [call])).rejects.toThrow('gone');
  expect(seen.woken).toEqual([]);
});

test('an unknown name is looked up once more, and then told', async () => {
  const { accept, seen } = setUp([stored]);
  await accept(fromA, [{ ...call, destinations: ['new'] }]);
  expect(seen.single[0]?.nodes).toEqual(['new']);
  expect(await accept(fromA, [{ ...call, destinations: ['x', 'b', 'y'] }])).toEqual({
    kind: 'unroutable',
    problems: ['x', 'y'].map((name) => ({ call: 0, field: 'destinations', name, reason: 'unknown' })),
  });
  expect(seen.refreshed).toBe(2);
  expect(seen.single).toHaveLength(1);
});

test('a node sends for itself only, and a user must say for whom; neither costs a look-up', async () => {
  const { accept, seen } = setUp([stored]);
  const problemOf = async (...given: Parameters<typeof accept>) => {
    const acceptance = await accept(...given);
    return acceptance.kind === 'unroutable' ? acceptance.problems[0]?.reason : acceptance.kind;
  };
  expect(await problemOf(fromA, [{ ...call, origin: 'b' }])).toBe('foreign');
  expect(await problemOf(fromA, [{ ...call, origin: 'did:web:a' }])).toBe('accepted');
  expect(await problemOf({ kind: 'user' }, [call])).toBe('missing');
  expect(await problemOf({ kind: 'user' }, [{ ...call, origin: 'b' }])).toBe('accepted');
  expect(seen.refreshed).toBe(0);
});

test('a batch whose deliveries are more than one transaction should hold is refused; a single message for all is not', async () => {
  const fleet = Array.from({ length: 100_001 }, (_, i) => ({
    id: i === 0 ? 'a' : `n${i}`,
    did: null,
    subscriptions: ['t'],
  }));
  const { accept, seen } = setUp([stored], createRegistry(fleet));
  const toAll: Call = { ...call, route: 'subscribed', destinations: null };
  expect(await accept(fromA, [toAll, toAll])).toEqual({ kind: 'too-many', deliveries: 200_002, most: 100_000 });
  expect(seen.together).toEqual([]);
  expect((await accept(fromA, [toAll])).kind).toBe('accepted');
});
