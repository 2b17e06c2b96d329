import type { FleetMember, Standing } from '#client';
import { explainNode } from './explain-node.ts';

const now = Date.parse('2026-03-02T12:00:00Z');
const at = (seconds: number) => new Date(now + seconds * 1_000).toISOString();

const worker: FleetMember = {
  id: 'host:1',
  version: '1.0.0',
  startedAt: at(-9_000),
  seenAt: at(-2),
  alive: true,
  slots: 32,
  busy: 1,
  suspects: 0,
};

const healthy: Standing = {
  id: 'customs',
  name: 'Customs',
  did: null,
  url: 'http://127.0.0.1',
  protocol: 'webhook',
  ordering: 'none',
  health: 'healthy',
  working: false,
  backlog: 0,
  oldestDueAge: 0,
  frozen: 0,
  nextAttemptAt: null,
  lastQueuedAt: at(-600),
  lastSuccessAt: at(-599),
  lastFailureAt: null,
  failingSince: null,
  lastOutcome: 'success',
  lastStatus: 200,
  lastError: null,
  policy: { batch: 100, timeout: 30, concurrency: 8, retry: { delay: { fixed: 60, progressive: 60 }, max: 10 } },
  day: [],
};

function explain(change: Partial<Standing>, fleet: readonly FleetMember[] = [worker]): string {
  const { fault, verdict, sentence } = explainNode({ ...healthy, ...change }, fleet, now);
  return `${fault} | ${verdict} | ${sentence}`;
}

test('a node that refuses: since when, why, what is stuck, what happens next', () => {
  const failing = { failingSince: at(-1_620), lastStatus: 503, lastError: 'it answered 503', nextAttemptAt: at(125) };
  const text = explain({ ...failing, health: 'failing', backlog: 12, frozen: 500 });
  expect(text).toMatch(
    /^node \| It is the node \| Every attempt has failed since \d\d:33 \(27 min ago\)\. It answered 503 unavailable\. 12 deliveries wait and 500 are frozen\. The next attempt is in 2 min 5 s, at \d\d:02:05\.$/,
  );
});

test('a node that does not answer at all is said to be that', () => {
  const text = explain({
    health: 'suspect',
    failingSince: at(-60),
    lastStatus: null,
    lastError: 'no answer within 30 s',
  });
  expect(text).toMatch(/^node .*It has not answered since .*No answer within 30 s\./);
});

test('no worker: it is us, whatever the node does', () => {
  const text = explain({ health: 'failing', backlog: 3 }, [{ ...worker, alive: false }]);
  expect(text).toMatch(
    /^us \| It is us: no worker is running \| 3 deliveries wait, and nothing is delivered to anyone/,
  );
});

test('due for long at a node that is well: it is us', () => {
  expect(explain({ backlog: 3, oldestDueAge: 61 })).toMatch(
    /^us .*3 deliveries wait, the oldest due for 1 min 1 s\. No worker has taken it up/,
  );
  expect(explain({ backlog: 3, oldestDueAge: 60 })).toMatch(/^none /);
});

test('paused: someone’s decision, and what it keeps back', () => {
  expect(explain({ health: 'paused', backlog: 1 })).toMatch(
    /^decision \| Paused on purpose \| 1 delivery waits and will be delivered once it is resumed/,
  );
});

test('all delivered: when the sender last handed something in', () => {
  expect(explain({})).toMatch(
    /^none \| All is delivered \| .*last message for it was handed in 10 min ago; if there should be newer ones, ask the sender/,
  );
});

test('nothing was ever handed in for it: the sender, or its subscriptions', () => {
  expect(explain({ lastQueuedAt: null, lastSuccessAt: null })).toMatch(/^sender \| Nobody has sent it anything yet/);
});

test('the node is back, and what gave up meanwhile waits for someone', () => {
  expect(explain({ frozen: 500 })).toMatch(/^node \| 500 deliveries gave up and wait for you/);
});
