import { randomUUID } from 'node:crypto';
import { describeBackEnds, startTestNode, type Answer, type Script } from '#testkit';
import {
  acceptedBatchSchema,
  acceptedOf,
  read,
  startSystem,
  waitUntil,
  type Accepted,
  type Attempt,
  type Delivery,
  type RegisteredNode,
  type TestSystem,
} from '../system/index.ts';

// Contract section 3: what a node's answer means. A retry is a minute away, so that what one attempt did stays as it is.

const FIXED = 60;
/** What rounding to whole milliseconds may cost, ms. */
const ROUNDING = 2;

describeBackEnds('the outcome of an attempt', (backEnd) => {
  let system: TestSystem;
  let sender: RegisteredNode;
  beforeAll(async () => {
    const retry = { delay: { fixed: FIXED, progressive: 0 }, max: 4 };
    system = await startSystem(backEnd, { config: { delivery: { retry, timeout: 10 } } });
    sender = await system.node();
  });
  afterAll(() => system.stop());

  type Fields = Readonly<Record<string, unknown>>;
  interface Outcome {
    readonly delivery: Delivery;
    readonly attempt: Attempt;
    readonly receiver: RegisteredNode;
  }

  const sendNative = (receiver: RegisteredNode): Promise<Accepted> =>
    system.send(sender.key, { destinations: [receiver.id] });
  async function sendFederated(receiver: RegisteredNode, messageType: string): Promise<Accepted> {
    const message = Buffer.from('{}').toString('base64');
    const body = { recordedTime: 1, destinations: [receiver.id], messageId: randomUUID(), messageType, message };
    return acceptedOf(await system.call('POST', '/api/message', { key: sender.key, body }));
  }
  /** What the first attempt of a message to a node with this script led to. */
  async function outcomeOf(script: Script, fields: Fields = {}, send = sendNative): Promise<Outcome> {
    const receiver = await system.node(fields, script);
    const { id } = await send(receiver);
    const delivery = await system.until(
      id,
      receiver.id,
      ({ attempts, lastError, state }) => attempts > 0 && (state !== 'pending' || lastError !== null),
    );
    const [attempt, ...others] = await system.attempts(id);
    if (attempt === undefined || others.length > 0) throw new Error(`expected one attempt, got ${others.length + 1}`);
    return { delivery, attempt, receiver };
  }
  const endOf = ({ startedAt, duration }: Attempt) => Date.parse(startedAt) + duration;
  /** Seconds from the attempt's end to the next one. */
  const delayOf = ({ delivery, attempt }: Outcome) => (Date.parse(delivery.dueAt ?? '') - endOf(attempt)) / 1000;
  const expectDelay = (outcome: Outcome, seconds: number) => {
    expect(Math.abs(delayOf(outcome) - seconds)).toBeLessThanOrEqual(ROUNDING / 1000);
  };

  test.concurrent.each([200, 201, 202, 203, 204, 205, 206, 207, 226, 299])(
    '%i is success and final',
    async (status) => {
      const { delivery, attempt, receiver } = await outcomeOf({ status });
      expect(delivery).toMatchObject({
        state: 'delivered',
        attempts: 1,
        lastStatus: status,
        dueAt: null,
        frozenAt: null,
        lastError: null,
      });
      expect(Date.parse(delivery.deliveredAt ?? '')).toBeGreaterThanOrEqual(endOf(attempt) - ROUNDING);
      expect(attempt).toMatchObject({ node: receiver.id, number: 1, status, outcome: 'success', error: null });
    },
  );

  test.concurrent.each<[string, Answer]>([
    ['a body without an end', { fault: 'endless-body' }],
    ['a body that is too slow', { fault: 'drip-body' }],
    ['a body that ends before its length', { fault: 'short-body' }],
    ['a reset in the middle of the body', { fault: 'reset-after-headers' }],
  ])('once a status has been read it decides, and changes nothing: %s', async (_what, answer) => {
    // Enough for the status on a busy machine, and soon over for a body that drips.
    const policy = { timeout: 3 };
    const [success, failure] = await Promise.all([
      outcomeOf({ ...answer, status: 200 }, { policy }),
      outcomeOf({ ...answer, status: 503 }, { policy }),
    ]);
    expect(success.delivery).toMatchObject({ state: 'delivered', lastStatus: 200 });
    expect(success.attempt).toMatchObject({ outcome: 'success', status: 200, error: null });
    expect(failure.delivery).toMatchObject({ state: 'pending', lastStatus: 503 });
    expect(failure.attempt).toMatchObject({ outcome: 'http-error', status: 503 });
    expect([success.receiver.server.requests.length, failure.receiver.server.requests.length]).toEqual([1, 1]);
  });

  test.concurrent.each([300, 301, 302, 303, 304, 307, 308])('%i is a failure and never followed', async (status) => {
    const elsewhere = await startTestNode();
    const { delivery, attempt, receiver } = await outcomeOf({
      status,
      headers: { location: `${elsewhere.url}/there` },
    });
    expect(delivery).toMatchObject({ state: 'pending', attempts: 1, lastStatus: status });
    expect(attempt).toMatchObject({ status, outcome: 'http-error' });
    expect(receiver.server.requests).toHaveLength(1);
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
  });

  test.concurrent.each([400, 401, 403, 404, 405, 409, 413, 415, 422, 425, 429, 451, 500, 501, 502, 503, 504, 599])(
    '%i is a failure, tried again after the own delay',
    async (status) => {
      const outcome = await outcomeOf({ status });
      expect(outcome.delivery).toMatchObject({ state: 'pending', attempts: 1, lastStatus: status, deliveredAt: null });
      expect(outcome.delivery.lastError).toContain(String(status));
      expectDelay(outcome, FIXED);
    },
  );

  test.concurrent.each<[string, Answer, string]>([
    ['a time-out before any byte', { fault: 'hang' }, 'timeout'],
    ['a time-out in the middle of the headers', { fault: 'drip-headers' }, 'timeout'],
    ['a reset', { fault: 'reset-before-headers' }, 'connection-error'],
    ['a connection closed without an answer', { fault: 'close' }, 'connection-error'],
    ['bytes that are not HTTP', { fault: 'garbage' }, 'invalid-response'],
    ['interim answers without an end', { fault: 'endless-informational' }, 'invalid-response'],
  ])('%s is a failure without a status', async (_what, answer, kind) => {
    const outcome = await outcomeOf(answer, { policy: { timeout: kind === 'timeout' ? 1 : 10 } });
    expect(outcome.delivery).toMatchObject({ state: 'pending', attempts: 1, lastStatus: null });
    expect(outcome.delivery.lastError).toMatch(/\S/);
    expect(outcome.attempt).toMatchObject({ number: 1, status: null, outcome: kind, body: null });
    expect(outcome.receiver.server.requests).toHaveLength(1);
    expectDelay(outcome, FIXED);
  });

  test.concurrent('a refused connection is a failure', async () => {
    // Nobody listens at port 1; one that was free a moment ago may by now be another test's.
    const outcome = await outcomeOf({}, { url: 'http://127.0.0.1:1' });
    expect(outcome.attempt).toMatchObject({ status: null, outcome: 'connection-error' });
    expect(outcome.delivery.state).toBe('pending');
    expectDelay(outcome, FIXED);
  });

  test.concurrent.each([
    ['loopback', 'http://127.0.0.2:9/'],
    ['private', 'http://10.0.0.1/'],
    ['link-local, where clouds keep their metadata', 'http://169.254.169.254/'],
  ])('a forbidden address is a failure: %s', async (_what, url) => {
    const outcome = await outcomeOf({}, {}, async (receiver) => {
      // The API would not take it; a name may come to mean it at any time.
      await system.query('UPDATE node SET url = $2, updated_at = now() WHERE id = $1', [receiver.id, url]);
      return sendNative(receiver);
    });
    expect(outcome.attempt).toMatchObject({ status: null, outcome: 'egress-denied' });
    expect(outcome.delivery.state).toBe('pending');
    expectDelay(outcome, FIXED);
  });

  test.concurrent.each([
    ['webhook', 'our own call', sendNative],
    ['federated', 'our own call', sendNative],
    ['webhook', 'an event', (receiver: RegisteredNode) => sendFederated(receiver, 'event')],
    ['federated', 'an event', (receiver: RegisteredNode) => sendFederated(receiver, 'event')],
  ] as const)('410 freezes at once: from a %s node for %s', async (protocol, _what, send) => {
    const { delivery, attempt } = await outcomeOf({ status: 410 }, { protocol }, send);
    expect(delivery).toMatchObject({ state: 'frozen', attempts: 1, lastStatus: 410, dueAt: null, deliveredAt: null });
    expect(Date.parse(delivery.frozenAt ?? '')).toBeGreaterThanOrEqual(endOf(attempt) - ROUNDING);
  });

  test.concurrent.each([
    ['federated', 'fullevent', 404, 'frozen'],
    ['federated', 'fullevent', 401, 'frozen'],
    ['federated', 'fullevent', 403, 'pending'],
    ['federated', 'event', 404, 'pending'],
    ['federated', 'event', 401, 'pending'],
    ['webhook', 'fullevent', 404, 'pending'],
    ['webhook', 'fullevent', 401, 'pending'],
  ] as const)('from a %s node for a %s %i leaves it %s', async (protocol, type, status, state) => {
    const { delivery } = await outcomeOf({ status }, { protocol }, (receiver) => sendFederated(receiver, type));
    expect(delivery).toMatchObject({ state, attempts: 1, lastStatus: status });
  });

  describe('with Retry-After', () => {
    const answer = (status: number, value: string): Answer => ({ status, headers: { 'retry-after': value } });

    test.concurrent.each([429, 503])('on %i, the later of it and the own delay: seconds', async (status) => {
      expectDelay(await outcomeOf(answer(status, '90')), 90);
      expectDelay(await outcomeOf(answer(status, '5')), FIXED);
    });

    test.concurrent.each([429, 503])('on %i, the later of it and the own delay: a date', async (status) => {
      const at = (seconds: number) => new Date(Date.now() + seconds * 1000).toUTCString();
      const later = at(600);
      const { delivery } = await outcomeOf(answer(status, later));
      expect(Date.parse(delivery.dueAt ?? '')).toBeGreaterThanOrEqual(Date.parse(later) - ROUNDING);
      // As much later as answering took, which a busy machine may draw out.
      expect(Date.parse(delivery.dueAt ?? '')).toBeLessThan(Date.parse(later) + 30_000);
      expectDelay(await outcomeOf(answer(status, at(-60))), FIXED);
      expectDelay(await outcomeOf(answer(status, at(10))), FIXED);
    });

    test.concurrent.each(['86401', '99999999', '9'.repeat(400), 'Fri, 31 Dec 9999 23:59:59 GMT'])(
      'a day at most: %s',
      async (value) => {
        expectDelay(await outcomeOf(answer(503, value)), 86_400);
      },
    );

    test.concurrent.each(['-1', '1.5e3', 'soon', '', '0x20', 'Wed, 31 Feb 2099 00:00:00 GMT', '120, 240'])(
      'ignored when it can not be read: %j',
      async (value) => {
        expectDelay(await outcomeOf(answer(503, value)), FIXED);
      },
    );

    test.concurrent.each([500, 502, 404, 301])('ignored on %i', async (status) => {
      expectDelay(await outcomeOf(answer(status, '900')), FIXED);
    });

    test.concurrent('the next attempt is not made before', async () => {
      const policy = { retry: { delay: { fixed: 0.1 } } };
      const receiver = await system.node({ policy }, [answer(429, '2'), {}]);
      const { id } = await sendNative(receiver);
      const [first, second] = await receiver.server.waitFor(2);
      expect((second?.arrivedAt ?? 0) - (first?.arrivedAt ?? 0)).toBeGreaterThanOrEqual(2_000 - ROUNDING);
      await system.until(id, receiver.id, ({ state }) => state === 'delivered');
    });
  });

  describe('a wave', () => {
    const WAVE = 3;
    const policy = { concurrency: WAVE, timeout: 0.5 };

    /** Ten messages that one run of the lane finds due together. */
    async function sendTen(receiver: RegisteredNode): Promise<Accepted[]> {
      const messages = Array.from({ length: 10 }, (_, i) => ({ type: 't', destinations: [receiver.id], payload: i }));
      const reply = await system.call('POST', '/api/v1/messages/batch', { key: sender.key, body: { messages } });
      return read(reply, [202], acceptedBatchSchema).messages;
    }
    const deliveriesOf = (messages: readonly Accepted[], receiver: RegisteredNode) =>
      Promise.all(messages.map(({ id }) => system.delivery(id, receiver.id)));

    test.concurrent(
      'of time-outs ends the run: what was not tried counts no attempt and falls due again fixed later',
      async () => {
        const receiver = await system.node({ policy }, { fault: 'hang' });
        const messages = await sendTen(receiver);
        const begun = Date.now();
        const isPutOff = ({ attempts, dueAt }: Delivery) =>
          attempts > 0 || Date.parse(dueAt ?? '') > begun + (FIXED / 2) * 1000;
        const deliveries = await waitUntil(
          () => deliveriesOf(messages, receiver),
          (all) => all.every(isPutOff),
        );
        const tried = deliveries.filter(({ attempts }) => attempts > 0);
        const untried = deliveries.filter(({ attempts }) => attempts === 0);
        expect([tried.length, untried.length]).toEqual([WAVE, 10 - WAVE]);
        expect(receiver.server.requests).toHaveLength(WAVE);
        const attempts = (await Promise.all(messages.map(({ id }) => system.attempts(id)))).flat();
        expect(attempts.map(({ outcome }) => outcome)).toEqual(['timeout', 'timeout', 'timeout']);
        const lastEnd = Math.max(...attempts.map(endOf));
        for (const { state, dueAt, lastError } of untried) {
          expect({ state, lastError }).toEqual({ state: 'pending', lastError: null });
          expect(Date.parse(dueAt ?? '')).toBeGreaterThanOrEqual(lastEnd + FIXED * 1000 - ROUNDING);
          expect(Date.parse(dueAt ?? '')).toBeLessThan(lastEnd + FIXED * 1000 + 30_000);
        }
      },
    );

    test.concurrent.each<[string, Script]>([
      ['errors', { status: 500 }],
      ['resets', { fault: 'reset-before-headers' }],
      ['connections closed', { fault: 'close' }],
    ])('of quick failures does not end it: %s', async (_what, script) => {
      const receiver = await system.node({ policy }, script);
      const messages = await sendTen(receiver);
      await receiver.server.waitFor(10);
      await waitUntil(
        () => deliveriesOf(messages, receiver),
        (all) => all.every(({ attempts }) => attempts === 1),
      );
    });

    test.concurrent('is as many in a row: fewer do not end the run', async () => {
      const patient = { ...policy, timeout: 3 };
      const script = (_request: unknown, i: number): Answer => (i < WAVE - 1 ? { fault: 'hang' } : {});
      const receiver = await system.node({ policy: patient }, script);
      const messages = await sendTen(receiver);
      const deliveries = await waitUntil(
        () => deliveriesOf(messages, receiver),
        (all) => all.every(({ attempts }) => attempts === 1),
      );
      expect(deliveries.filter(({ state }) => state === 'delivered')).toHaveLength(10 - WAVE + 1);
    });

    test.concurrent('to one node holds up no other', async () => {
      const [hanging, healthy] = await Promise.all([system.node({ policy }, { fault: 'hang' }), system.node()]);
      await sendTen(hanging);
      await hanging.server.waitFor(1);
      const messages = await sendTen(healthy);
      await waitUntil(
        () => deliveriesOf(messages, healthy),
        (all) => all.every(({ state }) => state === 'delivered'),
      );
    });
  });

  describe('of the answer', () => {
    test.concurrent('at most 64 KiB are read: after more the connection is cut', async () => {
      const connections = async (size: number) => {
        const receiver = await system.node({ ordering: 'fifo' }, { body: Buffer.alloc(size, 'x') });
        for (const _ of [1, 2]) {
          const { id } = await sendNative(receiver);
          await system.until(id, receiver.id, ({ state }) => state === 'delivered');
        }
        return receiver.server.requests.map(({ connection }) => connection);
      };
      expect(await connections(64 * 1024)).toEqual([1, 1]);
      expect(await connections(64 * 1024 + 1)).toEqual([1, 2]);
    });

    test.concurrent('the first 4 KiB are kept in the attempt record', async () => {
      const body = Array.from({ length: 2_000 }, (_, i) => String(i).padStart(5, '0')).join('');
      const { attempt } = await outcomeOf({ status: 500, body });
      expect(attempt.body).toBe(body.slice(0, 4_096));
      expect((await outcomeOf({ body: 'short' })).attempt.body).toBe('short');
      expect((await outcomeOf({ status: 204 })).attempt.body).toBe('');
    });
  });

  test.concurrent(
    'the states of a delivery are pending, delivered, frozen and cancelled: in the database, the API and the metrics',
    async () => {
      const [pending, delivered, frozen, toCancel] = await Promise.all([
        outcomeOf({ status: 500 }),
        outcomeOf({}),
        outcomeOf({ status: 410 }),
        outcomeOf({ status: 500 }),
      ]);
      const body = { ids: [toCancel.delivery.id] };
      expect((await system.call('POST', '/api/v1/deliveries/cancel', { body })).body).toEqual({ count: 1 });
      const all = { pending, delivered, frozen, cancelled: toCancel };
      for (const [state, { delivery }] of Object.entries(all)) {
        expect(await system.query('SELECT state FROM delivery WHERE id = $1', [delivery.id])).toEqual([{ state }]);
        const listed = await system.call('GET', `/api/v1/deliveries?state=${state}&node=${delivery.node}`);
        expect(listed.body).toMatchObject({ items: [{ id: delivery.id, state }] });
      }
      expect((await system.call('GET', '/api/v1/deliveries?state=failed')).status).toBe(400);
      const stats = await system.call('GET', '/api/v1/stats');
      expect(Object.keys((stats.body as { deliveries: Fields }).deliveries).toSorted()).toEqual(
        Object.keys(all).toSorted(),
      );
      for (const state of ['delivered', 'frozen']) {
        expect(await system.measured('orchestrator_deliveries_total', { state })).toBeGreaterThan(0);
      }
    },
  );
});
