import * as fc from 'fast-check';
import { decideAfterAttempt, isBudgetSpent } from './decide-after-attempt.ts';

const retry = { delay: { fixed: 1, progressive: 1 }, max: 4 };
const fresh = { failures: 0, protocol: 'webhook', messageType: 'event' } as const;
const failed = (status: number | null, retryAfter: number | null = null) =>
  ({ outcome: status === null ? 'timeout' : 'http-error', status, retryAfter }) as const;

test('a success delivers, whatever failed before', () => {
  expect(
    decideAfterAttempt({ ...fresh, failures: 3 }, { outcome: 'success', status: 204, retryAfter: null }, retry),
  ).toEqual({ state: 'delivered' });
});

test('failures are due again 1, 2 and 3 s later, and the fourth freezes', () => {
  const decisions = [0, 1, 2, 3].map((failures) => decideAfterAttempt({ ...fresh, failures }, failed(500), retry));
  expect(decisions).toEqual([
    { state: 'pending', delay: 1 },
    { state: 'pending', delay: 2 },
    { state: 'pending', delay: 3 },
    { state: 'frozen', reason: '4 failed attempts, delivery.retry.max is 4' },
  ]);
});

test('with max 0 a delivery is never frozen by failing', () => {
  fc.assert(
    fc.property(fc.nat(), (failures) => {
      const decision = decideAfterAttempt({ ...fresh, failures }, failed(null), { ...retry, max: 0 });
      expect(decision.state).toBe('pending');
    }),
  );
});

test('410 freezes at once for every protocol', () => {
  for (const protocol of ['federated', 'webhook'] as const) {
    expect(decideAfterAttempt({ ...fresh, protocol }, failed(410), retry).state).toBe('frozen');
  }
});

test.each([404, 401])('%d freezes a full event at a federated node only', (status) => {
  const stateOf = (protocol: 'federated' | 'webhook', messageType: string) =>
    decideAfterAttempt({ failures: 0, protocol, messageType }, failed(status), retry).state;
  expect(stateOf('federated', 'fullevent')).toBe('frozen');
  expect(stateOf('federated', 'event')).toBe('pending');
  expect(stateOf('webhook', 'fullevent')).toBe('pending');
});

test('the later of Retry-After and the own delay counts', () => {
  expect(decideAfterAttempt(fresh, failed(503, 30), retry)).toEqual({ state: 'pending', delay: 30 });
  expect(decideAfterAttempt({ ...fresh, failures: 2 }, failed(429, 2), retry)).toEqual({ state: 'pending', delay: 3 });
});

test('a budget is spent when max was lowered below what was tried', () => {
  expect(isBudgetSpent(3, { ...retry, max: 2 })).toBe(true);
  expect(isBudgetSpent(3, { ...retry, max: 0 })).toBe(false);
});
