import type { NewMessage, NodeAddress, Report, StoreOutcome } from '#core';
import { createOperationalEvents } from './operational-events.ts';

const silent: Report = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

function createWorld(change: { outcome?: StoreOutcome; nodes?: NodeAddress[]; failure?: Error } = {}) {
  const stored: NewMessage[] = [];
  const woken: (readonly string[])[] = [];
  const warnings: string[] = [];
  const clock = { now: 1_000_000 };
  const nodes = change.nodes ?? [{ id: 'ops', did: null, subscriptions: ['orchestrator.>'] }];
  const events = createOperationalEvents({
    intake: {
      async store(message) {
        if (change.failure) throw change.failure;
        stored.push(message);
        return change.outcome ?? { kind: 'stored', unrouted: false };
      },
    },
    loadNodes: () => Promise.resolve(nodes),
    wake: async (ids) => void woken.push(ids),
    nextId: () => 'an id',
    now: () => clock.now,
    report: { ...silent, warn: (event) => void warnings.push(event) },
  });
  return { events, stored, woken, warnings, clock };
}

test('an event is a message to who subscribed to it, of an origin of its own, and wakes its lanes', async () => {
  const { events, stored, woken } = createWorld();
  events
    .listen(silent)
    .warn('delivery.frozen', { node: 'customs', message: 'm', reason: 'gone', type: 'container.gate-in' });
  await events.idle();
  expect(stored).toMatchObject([
    { type: 'orchestrator.delivery.frozen', origin: 'urn:distribution-orchestrator', nodes: ['ops'] },
  ]);
  expect(JSON.parse(String(stored[0]?.payload))).toEqual({
    event: 'delivery.frozen',
    node: 'customs',
    message: 'm',
    reason: 'gone',
    type: 'container.gate-in',
  });
  expect(woken).toEqual([['ops']]);
});

test('what is listened to is told to the report behind it as before, and most of it is no event', async () => {
  const { events, stored } = createWorld();
  const lines: string[] = [];
  const report = events.listen({
    ...silent,
    info: (event) => void lines.push(event),
    warn: (event) => void lines.push(event),
  });
  report.info('attempt.finished', { node: 'customs' });
  report.warn('sweep.repaired');
  report.warn('delivery.frozen');
  report.info('node.recovered', { node: 'customs' });
  await events.idle();
  expect(lines).toEqual(['attempt.finished', 'sweep.repaired', 'delivery.frozen', 'node.recovered']);
  expect(stored.map(({ type }) => type)).toEqual(['orchestrator.node.recovered']);
});

test('one of a kind about a node is told in five minutes, and one of another kind, or about another, beside it', async () => {
  const { events, stored, clock } = createWorld();
  for (let i = 0; i < 1_000; i += 1) events.tell('delivery.frozen', { node: 'customs', delivery: i });
  events.tell('node.suspect', { node: 'customs' });
  events.tell('delivery.frozen', { node: 'port' });
  clock.now += 300_000;
  events.tell('delivery.frozen', { node: 'customs' });
  await events.idle();
  const [first, , , later] = stored.map(({ senderId }) => senderId);
  expect(stored).toHaveLength(4);
  expect(new Set(stored.map(({ senderId }) => senderId)).size).toBe(4);
  expect([first, later]).toEqual(['delivery.frozen customs 3', 'delivery.frozen customs 4']);
});

test.each<StoreOutcome>([{ kind: 'conflict' }, { kind: 'repeated', id: 'first', unrouted: false, deliveries: [] }])(
  'what another process told first wakes nobody: %j',
  async (outcome) => {
    const { events, woken, warnings } = createWorld({ outcome });
    events.tell('node.suspect', { node: 'customs' });
    await events.idle();
    expect({ woken, warnings }).toEqual({ woken: [], warnings: [] });
  },
);

test('nothing is told about a message of this kind, nor to the node it is about, nor to who did not ask for it by name', async () => {
  const nodes = [
    { id: 'customs', did: null, subscriptions: ['orchestrator.>'] },
    { id: 'all', did: null, subscriptions: ['>', '*.node.suspect'] },
  ];
  const { events, stored } = createWorld({ nodes });
  events.tell('delivery.frozen', { node: 'port', type: 'orchestrator.node.suspect' });
  events.tell('node.suspect', { node: 'customs' });
  await events.idle();
  expect(stored).toEqual([]);
});

test('one that can not be stored is a line in the log, and stops nothing', async () => {
  const { events, warnings } = createWorld({ failure: new Error('away') });
  events.tell('node.suspect', { node: 'customs' });
  await events.idle();
  expect(warnings).toEqual(['operational-event.lost']);
});
