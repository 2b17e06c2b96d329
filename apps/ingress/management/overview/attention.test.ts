import type { FleetMember, NodeStanding } from '#persistence';
import { concernsOf, type Facts } from './attention.ts';

const now = new Date('2026-03-02T12:00:00Z');

const worker: FleetMember = {
  id: 'host:1',
  version: '1.0.0',
  slots: 32,
  busy: 0,
  suspects: 0,
  startedAt: now,
  seenAt: now,
  alive: true,
};

function node(id: string, change: Partial<NodeStanding> = {}): NodeStanding {
  return {
    id,
    name: id,
    did: null,
    url: 'http://127.0.0.1',
    protocol: 'webhook',
    ordering: 'none',
    paused: false,
    policy: {},
    suspect: false,
    working: false,
    lastQueuedAt: null,
    lastSuccessAt: null,
    lastFailureAt: null,
    failingSince: null,
    lastOutcome: null,
    lastStatus: null,
    lastError: null,
    nextAttemptAt: null,
    ...change,
  };
}

function kinds(change: Partial<Facts>): string[] {
  const calm: Facts = { troubled: [], backlogs: [], frozen: [], fleet: [worker], now };
  return concernsOf({ ...calm, ...change }).map(({ severity, kind, node }) =>
    [severity, kind, node].filter(Boolean).join(' '),
  );
}

test('nothing needs anyone while workers run and nodes take what they are sent', () => {
  expect(kinds({ backlogs: [{ node: 'a', backlog: 5, oldestDueAge: 3 }] })).toEqual([]);
});

test('without a worker that comes before everything', () => {
  const troubled = [node('a', { failingSince: now })];
  const backlogs = [{ node: 'a', backlog: 9, oldestDueAge: 3 }];
  expect(kinds({ fleet: [{ ...worker, alive: false }], troubled, backlogs })).toEqual([
    'critical no-workers',
    'critical failing a',
    'warning worker-silent',
  ]);
});

test('what lies about at a node that nothing is wrong with is ours', () => {
  expect(kinds({ backlogs: [{ node: 'a', backlog: 9, oldestDueAge: 61 }] })).toEqual(['critical overdue a']);
  const failing = [node('a', { failingSince: now })];
  expect(kinds({ troubled: failing, backlogs: [{ node: 'a', backlog: 9, oldestDueAge: 61 }] })).toEqual([
    'critical failing a',
  ]);
});

test('a failing node is critical while something waits for it, and the longer line comes first', () => {
  const troubled = [
    node('idle', { failingSince: now }),
    node('few', { suspect: true }),
    node('many', { failingSince: now }),
  ];
  const backlogs = [
    { node: 'few', backlog: 2, oldestDueAge: 0 },
    { node: 'many', backlog: 200, oldestDueAge: 0 },
  ];
  expect(kinds({ troubled, backlogs })).toEqual([
    'critical failing many',
    'critical suspect few',
    'warning failing idle',
  ]);
});

test('a pause is told of while it keeps something back, and explains all else', () => {
  const paused = [node('a', { paused: true, suspect: true, failingSince: now })];
  expect(kinds({ troubled: paused })).toEqual([]);
  expect(kinds({ troubled: paused, backlogs: [{ node: 'a', backlog: 1, oldestDueAge: 99 }] })).toEqual([
    'notice paused a',
  ]);
});

test('what is frozen at a node is one concern, whatever the reasons, told by the most common', () => {
  const at = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
  const [concern, ...others] = concernsOf({
    troubled: [],
    backlogs: [],
    fleet: [worker],
    now,
    frozen: [
      { node: 'a', status: 503, error: 'it answered 503', count: 40, oldest: at(9), newest: at(1) },
      { node: 'a', status: null, error: 'no connection', count: 2, oldest: at(30), newest: at(20) },
    ],
  });
  expect(others).toEqual([]);
  expect(concern).toMatchObject({ kind: 'frozen', node: 'a', count: 42, since: at(30), error: 'it answered 503' });
});
