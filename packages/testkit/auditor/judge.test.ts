import type { Evidence, ReceivedRecord, StoredAttempt, StoredDelivery } from './evidence.ts';
import { judge, type Verdict } from './judge.ts';

const RETRY = { delay: { fixed: 1, progressive: 1 }, max: 3 };
const DIGEST = 'd1';

// In health: one message to two nodes, of which `far` answers 500 once. The receivers' clock is not the database's.
const near = { message: 'm', node: 'near' };
const far = { message: 'm', node: 'far' };

const healthy = {
  accepted: [{ message: 'm', digest: DIGEST, nodes: ['near', 'far'] }],
  received: [
    { ...near, digest: DIGEST, arrivedAt: 100, endedAt: 110, status: 200 },
    { ...far, digest: DIGEST, arrivedAt: 100, endedAt: 120, status: 500 },
    { ...far, digest: DIGEST, arrivedAt: 1_130, endedAt: 1_140, status: 201 },
  ],
  state: {
    messages: [{ id: 'm', digest: DIGEST }],
    deliveries: [
      { ...near, id: '1', state: 'delivered', attempts: 1, budgetStart: 0, finalAt: 5_012 },
      { ...far, id: '2', state: 'delivered', attempts: 2, budgetStart: 0, finalAt: 6_045 },
    ],
    attempts: [
      { delivery: '1', number: 1, startedAt: 5_000, duration: 11, status: 200, outcome: 'success' },
      { delivery: '2', number: 1, startedAt: 5_000, duration: 21, status: 500, outcome: 'http-error' },
      { delivery: '2', number: 2, startedAt: 6_030, duration: 11, status: 201, outcome: 'success' },
    ],
  },
} as const satisfies Evidence;

interface Change {
  readonly accepted?: Evidence['accepted'];
  readonly received?: readonly ReceivedRecord[];
  readonly messages?: Evidence['state']['messages'];
  readonly deliveries?: readonly StoredDelivery[];
  readonly attempts?: readonly StoredAttempt[];
}

function judged({ accepted, received, ...state }: Change, duplicates = 0, retry = RETRY): Verdict {
  const evidence = {
    accepted: accepted ?? healthy.accepted,
    received: received ?? healthy.received,
    state: { ...healthy.state, ...state },
  };
  return judge(evidence, { duplicates, retryOf: () => retry });
}

/** The kinds of what is found, and where. */
function found(change: Change, duplicates = 0, retry = RETRY): string[] {
  return judged(change, duplicates, retry).violations.map(({ kind, node }) => `${kind} ${node ?? '-'}`);
}

const [nearRequest, farFailure, farSuccess] = healthy.received;
const [nearDelivery, farDelivery] = healthy.state.deliveries;
const [nearAttempt, firstAttempt, secondAttempt] = healthy.state.attempts;

test('a healthy run is found to be so', () => {
  expect(judged({})).toEqual({ violations: [], lost: 0, duplicates: 0 });
});

test('nothing sent and nothing stored is healthy too', () => {
  expect(judged({ accepted: [], received: [], messages: [], deliveries: [], attempts: [] }).violations).toEqual([]);
});

describe('accepted but missing', () => {
  test('a message that was answered 2xx and is not stored', () => {
    const verdict = judged({ accepted: [...healthy.accepted, { message: 'gone', digest: 'x', nodes: ['near'] }] });
    expect(verdict.violations).toMatchObject([{ kind: 'missing', message: 'gone', node: null }]);
    expect(verdict.lost).toBe(1);
  });

  test('a delivery that was promised and is not stored', () => {
    const verdict = judged({ accepted: [{ ...healthy.accepted[0], nodes: ['near', 'far', 'third'] }] });
    expect(verdict.violations).toMatchObject([{ kind: 'missing', message: 'm', node: 'third' }]);
    expect(verdict.lost).toBe(1);
  });
});

describe('delivered, and no receiver saw it', () => {
  test('there was no request', () => {
    expect(new Set(found({ received: [farFailure, farSuccess] }))).toEqual(new Set(['unseen near']));
  });

  test('there was one, which was not answered 2xx', () => {
    expect(found({ received: [{ ...nearRequest, status: 500 }, farFailure, farSuccess] })).toEqual(['unseen near']);
    expect(found({ received: [{ ...nearRequest, status: null }, farFailure, farSuccess] })).toEqual(['unseen near']);
  });

  test('an attempt has an answer that nobody gave', () => {
    expect(found({ received: [nearRequest, farSuccess] })).toEqual(['unseen far']);
  });
});

test.each(['delivered', 'frozen', 'cancelled'] as const)('an attempt of one that is %s', (state) => {
  const late = { ...secondAttempt, number: 3, startedAt: 9_000, status: null, outcome: 'timeout' };
  const deliveries = [nearDelivery, { ...farDelivery, state, attempts: 3 }];
  const kinds = found({ deliveries, attempts: [...healthy.state.attempts, late] }, 1);
  expect(kinds).toContain('attempted-when-final far');
});

describe('overlapping attempts of one delivery', () => {
  test('as the receivers saw them', () => {
    const slow = { ...farFailure, endedAt: 1_131 };
    expect(found({ received: [nearRequest, slow, farSuccess] })).toEqual(['overlapping far']);
  });

  test('when the first one never ended', () => {
    const hanging = { ...farFailure, endedAt: null };
    expect(found({ received: [nearRequest, hanging, farSuccess] })).toEqual(['overlapping far']);
  });

  test('as they are recorded', () => {
    const slow = { ...firstAttempt, duration: 1_050 };
    expect(found({ attempts: [nearAttempt, slow, secondAttempt] })).toContain('overlapping far');
  });

  test('requests of two deliveries may overlap', () => {
    expect(found({ received: [{ ...nearRequest, endedAt: 5_000 }, farFailure, farSuccess] })).toEqual([]);
  });
});

describe('an attempt before its time', () => {
  test('by the record', () => {
    const early = { ...secondAttempt, startedAt: 6_010 };
    expect(found({ attempts: [nearAttempt, firstAttempt, early] })).toEqual(['early far']);
  });

  test('by what the receivers saw, whatever the record says', () => {
    const early = { ...farSuccess, arrivedAt: 1_090 };
    expect(found({ received: [nearRequest, farFailure, early] })).toEqual(['early far']);
  });

  test('the delay grows with each failure', () => {
    const again = { ...farFailure, arrivedAt: 1_130, endedAt: 1_140 };
    const failed = { ...secondAttempt, status: 500, outcome: 'http-error' };
    const change = (second: number): Change => ({
      received: [nearRequest, farFailure, again, { ...farSuccess, arrivedAt: 3_200, endedAt: 3_210 }],
      deliveries: [nearDelivery, { ...farDelivery, attempts: 3, finalAt: 9_000 }],
      attempts: [nearAttempt, firstAttempt, failed, { ...secondAttempt, number: 3, startedAt: second }],
    });
    expect(found(change(6_041 + 2_000))).toEqual([]);
    expect(found(change(6_041 + 1_900))).toEqual(['early far']);
  });

  test('a replay is attempted at once, and its failures are counted anew', () => {
    const replayed = { ...farDelivery, attempts: 2, budgetStart: 1 };
    const soon = { ...secondAttempt, startedAt: 5_100 };
    const early = { ...farSuccess, arrivedAt: 200, endedAt: 210 };
    const received = [nearRequest, farFailure, early];
    expect(
      found({ received, deliveries: [nearDelivery, replayed], attempts: [nearAttempt, firstAttempt, soon] }),
    ).toEqual([]);
  });
});

describe('attempt numbers with gaps', () => {
  test('one is left out', () => {
    const kinds = found({ attempts: [nearAttempt, firstAttempt, { ...secondAttempt, number: 3 }] });
    expect(kinds).toContain('gap far');
  });

  test('the last one is not recorded', () => {
    expect(found({ attempts: [nearAttempt, firstAttempt] }, 1)).toEqual(['gap far']);
  });

  test('more is recorded than counted', () => {
    expect(found({ deliveries: [nearDelivery, { ...farDelivery, attempts: 1 }] })).toEqual(['gap far']);
  });
});

test('more failures than the budget has', () => {
  const retry = { ...RETRY, max: 1 };
  expect(found({}, 0, retry)).toEqual([]);
  const failed = { ...secondAttempt, status: 500, outcome: 'http-error' };
  const deliveries = [nearDelivery, { ...farDelivery, state: 'frozen' as const }];
  expect(found({ deliveries, attempts: [nearAttempt, firstAttempt, failed] }, 0, retry)).toEqual(['over-budget far']);
  expect(found({ deliveries, attempts: [nearAttempt, firstAttempt, failed] }, 0, { ...RETRY, max: 0 })).toEqual([]);
});

describe('bodies that differ', () => {
  test('as they arrived', () => {
    const other = { ...farSuccess, digest: 'd2' };
    expect(found({ received: [nearRequest, farFailure, other] })).toEqual(['altered far']);
  });

  test('as they are stored', () => {
    expect(found({ messages: [{ id: 'm', digest: 'd2' }] })).toEqual(['altered -']);
  });

  test('of a message whose answer was lost', () => {
    const other = { ...nearRequest, digest: 'd2' };
    expect(found({ accepted: [], received: [other, farFailure, farSuccess] })).toEqual(['altered near']);
  });
});

test('anything left pending', () => {
  const verdict = judged({ deliveries: [nearDelivery, { ...farDelivery, state: 'pending', finalAt: null }] });
  expect(verdict.violations).toMatchObject([{ kind: 'pending', message: 'm', node: 'far' }]);
  expect(verdict.lost).toBe(1);
});

test('a request at a node that was not meant', () => {
  expect(found({ received: [...healthy.received, { ...nearRequest, node: 'stranger' }] })).toEqual([
    'uncalled-for stranger',
  ]);
});

describe('duplicates', () => {
  const again: ReceivedRecord = { ...nearRequest, arrivedAt: 30_000, endedAt: 30_010 };

  test('a request that no attempt is', () => {
    const change = { received: [...healthy.received, again] };
    expect(judged(change).duplicates).toBe(1);
    expect(found(change)).toEqual(['duplicated -']);
    expect(found(change, 1)).toEqual([]);
  });

  test('an attempt after the one that succeeded', () => {
    const late = { ...nearAttempt, number: 2, startedAt: 5_012 };
    const change = {
      received: [...healthy.received, { ...again, arrivedAt: 1_200, endedAt: 1_210 }],
      deliveries: [{ ...nearDelivery, attempts: 2, finalAt: 5_012 }, farDelivery],
      attempts: [...healthy.state.attempts, late],
    };
    expect(judged(change, 1).duplicates).toBe(1);
    expect(found(change)).toContain('duplicated -');
  });

  test('more of them than the faults explain', () => {
    const change = { received: [...healthy.received, again, { ...again, arrivedAt: 60_000, endedAt: 60_010 }] };
    expect(found(change, 1)).toEqual(['duplicated -']);
    expect(found(change, 2)).toEqual([]);
  });
});
