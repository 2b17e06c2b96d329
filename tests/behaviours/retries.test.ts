import { randomBytes } from 'node:crypto';
import { describeBackEnds, type ReceivedRequest, type Script } from '#testkit';
import {
  freshId,
  startSystem,
  waitUntil,
  type Attempt,
  type RegisteredNode,
  type TestSystem,
} from '../system/index.ts';

// Contract section 1, `delivery.retry`, and section 4, replay. No tick helps: delivery.interval is an hour.

/** What rounding to whole milliseconds may cost, ms. */
const ROUNDING = 2;

describeBackEnds('retries', (backEnd) => {
  let system: TestSystem;
  let sender: RegisteredNode;
  beforeAll(async () => {
    const retry = { delay: { fixed: 1, progressive: 1 }, max: 4 };
    system = await startSystem(backEnd, { config: { delivery: { interval: 3600, retry } } });
    sender = await system.node();
  });
  afterAll(() => system.stop());

  const quick = { retry: { delay: { fixed: 0.2, progressive: 0 } } };
  const endOf = ({ startedAt, duration }: Attempt) => Date.parse(startedAt) + duration;
  const startOf = ({ startedAt }: Attempt) => Date.parse(startedAt);
  const idOf = ({ headers }: ReceivedRequest) => headers['webhook-id'];

  async function sendTo(receiver: RegisteredNode, change: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return (await system.send(sender.key, { destinations: [receiver.id], ...change })).id;
  }
  async function replay(body: Readonly<Record<string, unknown>>): Promise<unknown> {
    return (await system.call('POST', '/api/v1/deliveries/replay', { body })).body;
  }
  const isFrozen = ({ state }: { state: string }) => state === 'frozen';
  const isDelivered = ({ state }: { state: string }) => state === 'delivered';

  /** That each attempt began no earlier than its delay after the end of the one before. Delays in seconds. */
  function expectNeverEarly(attempts: readonly Attempt[], delays: readonly number[]): void {
    const gaps = attempts.slice(1).map((attempt, i) => startOf(attempt) - endOf(attempts[i] ?? attempt));
    expect(gaps).toHaveLength(delays.length);
    delays.forEach((delay, i) => expect(gaps[i]).toBeGreaterThanOrEqual(delay * 1000 - ROUNDING));
  }

  test.concurrent(
    'with fixed 1, progressive 1, max 4 a node that always answers 500 gets exactly four attempts, due 1, 2 and 3 s after the ends of the ones before, and the delivery is frozen',
    async () => {
      const receiver = await system.node({}, { status: 500 });
      const id = await sendTo(receiver);
      for (const n of [1, 2, 3]) {
        const { state, dueAt } = await system.until(id, receiver.id, ({ attempts }) => attempts === n);
        const last = (await system.attempts(id)).at(-1);
        expect({ state, number: last?.number }).toEqual({ state: 'pending', number: n });
        const delay = Date.parse(dueAt ?? '') - (last === undefined ? NaN : endOf(last));
        expect(Math.abs(delay - n * 1000)).toBeLessThanOrEqual(ROUNDING);
      }
      const frozen = await system.until(id, receiver.id, isFrozen);
      expect(frozen).toMatchObject({ attempts: 4, dueAt: null, lastStatus: 500, deliveredAt: null });
      const attempts = await system.attempts(id);
      expect(attempts.map(({ number, status }) => [number, status])).toEqual([1, 2, 3, 4].map((n) => [n, 500]));
      expectNeverEarly(attempts, [1, 2, 3]);
      expect(Date.parse(frozen.frozenAt ?? '')).toBeGreaterThanOrEqual(Math.max(...attempts.map(endOf)) - ROUNDING);
      expect(receiver.server.requests).toHaveLength(4);
    },
  );

  test.concurrent('the delays count from the end of an attempt, not from its start', async () => {
    const receiver = await system.node(
      { policy: { retry: { delay: { fixed: 0.5, progressive: 0 }, max: 2 } } },
      { status: 500, delay: 1_000 },
    );
    const id = await sendTo(receiver);
    await system.until(id, receiver.id, isFrozen);
    const attempts = await system.attempts(id);
    for (const { duration } of attempts) expect(duration).toBeGreaterThanOrEqual(1_000 - ROUNDING);
    expectNeverEarly(attempts, [0.5]);
  });

  test.concurrent('a time-out counts as any other failure', async () => {
    const policy = { timeout: 0.3, retry: { delay: { fixed: 0.2, progressive: 0.2 }, max: 3 } };
    const receiver = await system.node({ policy }, { fault: 'hang' });
    const id = await sendTo(receiver);
    await system.until(id, receiver.id, isFrozen);
    expectNeverEarly(await system.attempts(id), [0.2, 0.4]);
    expect(receiver.server.requests).toHaveLength(3);
  });

  test.concurrent('with max 1 the first failure freezes', async () => {
    const receiver = await system.node({ policy: { retry: { max: 1 } } }, { status: 500 });
    const id = await sendTo(receiver);
    expect(await system.until(id, receiver.id, isFrozen)).toMatchObject({ attempts: 1 });
    expect(receiver.server.requests).toHaveLength(1);
  });

  test.concurrent('with max 0 it goes on, and a node that heals gets the same bytes', async () => {
    const policy = { retry: { delay: { fixed: 0.1, progressive: 0 }, max: 0 } };
    const receiver = await system.node({ policy }, { status: 500 });
    const bytes = randomBytes(2_000);
    const id = await sendTo(receiver, { payload: undefined, payloadBase64: bytes.toString('base64') });
    // More than the configuration's maximum, and than the default one.
    await receiver.server.waitFor(12);
    expect(await system.delivery(id, receiver.id)).toMatchObject({ state: 'pending' });
    receiver.server.answer({});
    const { attempts: made } = await system.until(id, receiver.id, isDelivered);
    const attempts = await system.attempts(id);
    expect(attempts.map(({ number }) => number)).toEqual(Array.from({ length: made }, (_, i) => i + 1));
    expectNeverEarly(
      attempts,
      Array.from({ length: made - 1 }, () => 0.1),
    );
    expect(receiver.server.requests).toHaveLength(made);
    for (const { body } of receiver.server.requests) expect(body.equals(bytes)).toBe(true);
  });

  test.concurrent.each(['federated', 'webhook'])(
    'every attempt is the same request but for its time and signature (%s)',
    async (protocol) => {
      const secret = `whsec_${randomBytes(24).toString('base64')}`;
      const receiver = await system.node({ protocol, secret, policy: quick }, [{ status: 500 }, { status: 503 }, {}]);
      const id = await sendTo(receiver, { id: freshId('mine') });
      await system.until(id, receiver.id, isDelivered);
      const same = ({ method, path, headers, body }: ReceivedRequest) => {
        const { 'webhook-timestamp': _time, 'webhook-signature': _signature, ...others } = headers;
        return { method, path, headers: others, body: body.toString('base64') };
      };
      const [first, second, third] = receiver.server.requests.map(same);
      expect([second, third]).toEqual([first, first]);
      expect(receiver.server.requests).toHaveLength(3);
    },
  );

  test.concurrent('replay gives a frozen delivery a fresh budget, and attempt numbers go on', async () => {
    const policy = { retry: { delay: { fixed: 0.2, progressive: 0.3 }, max: 3 } };
    const receiver = await system.node({ policy }, { status: 500 });
    const id = await sendTo(receiver);
    const frozen = await system.until(id, receiver.id, isFrozen);
    expect(await replay({ ids: [frozen.id] })).toEqual({ count: 1 });
    const again = await system.until(id, receiver.id, (delivery) => isFrozen(delivery) && delivery.attempts > 3);
    expect(again).toMatchObject({ attempts: 6, id: frozen.id });
    const attempts = await system.attempts(id);
    expect(attempts.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
    expectNeverEarly(attempts.slice(0, 3), [0.2, 0.5]);
    expectNeverEarly(attempts.slice(3), [0.2, 0.5]);
    receiver.server.answer({});
    expect(await replay({ filter: { state: 'frozen', node: receiver.id } })).toEqual({ count: 1 });
    expect(await system.until(id, receiver.id, isDelivered)).toMatchObject({ attempts: 7, frozenAt: null });
    const bodies = new Set(receiver.server.requests.map(({ body }) => body.toString()));
    expect(bodies.size).toBe(1);
    expect(new Set(receiver.server.requests.map(idOf))).toEqual(new Set([id]));
  });

  test.concurrent('replay takes delivered ones only if asked to, and a dry run only counts', async () => {
    const receiver = await system.node();
    const id = await sendTo(receiver);
    const { id: delivery } = await system.until(id, receiver.id, isDelivered);
    expect(await replay({ ids: [delivery] })).toEqual({ count: 0 });
    expect(await replay({ ids: [delivery], includeDelivered: true, dryRun: true })).toEqual({ count: 1 });
    expect(await system.delivery(id, receiver.id)).toMatchObject({ state: 'delivered', attempts: 1 });
    expect(await replay({ ids: [delivery], includeDelivered: true })).toEqual({ count: 1 });
    await system.until(id, receiver.id, ({ state, attempts }) => state === 'delivered' && attempts === 2);
    expect(receiver.server.requests).toHaveLength(2);
  });

  test.concurrent('a frozen or cancelled delivery is never attempted again', async () => {
    const receiver = await system.node(
      { policy: { retry: { delay: { fixed: 0.3, progressive: 0 }, max: 2 } } },
      { status: 500 },
    );
    const [frozen, cancelled] = [await sendTo(receiver), await sendTo(receiver)];
    await receiver.server.waitFor((requests) => requests.some((request) => idOf(request) === cancelled));
    const { id } = await system.delivery(cancelled, receiver.id);
    await system.call('POST', '/api/v1/deliveries/cancel', { body: { ids: [id] } });
    await system.until(frozen, receiver.id, isFrozen);
    const before = receiver.server.requests.length;
    // Others go on: one more message is retried, by when the two would have been due.
    const marker = await sendTo(receiver);
    await system.until(marker, receiver.id, isFrozen);
    const since = receiver.server.requests.slice(before).map(idOf);
    expect(since).toEqual([marker, marker]);
  });

  test.concurrent('a new message is delivered at once, whatever delivery.interval', async () => {
    const receiver = await system.node();
    for (let i = 1; i <= 5; i += 1) {
      await sendTo(receiver);
      await receiver.server.waitFor(i);
    }
  });

  test.concurrent('a message that arrives while its lane is active is delivered at once', async () => {
    const receiver = await system.node({ ordering: 'fifo' }, { delay: 300 });
    const first = await sendTo(receiver);
    await receiver.server.waitFor(1);
    const second = await sendTo(receiver);
    const requests = await receiver.server.waitFor(2);
    expect(requests.map(idOf)).toEqual([first, second]);
  });

  test.concurrent('a message that is committed as its lane comes to its end is not forgotten', async () => {
    // Each is sent the moment the node has got the one before, which is when the lane looks for more and goes.
    const receiver = await system.node();
    for (let i = 1; i <= 60; i += 1) {
      await sendTo(receiver);
      await receiver.server.waitFor(i);
    }
  });

  test.concurrent('a message that is committed as its lane goes to wait for a retry is not forgotten', async () => {
    const policy = { retry: { delay: { fixed: 3_000, progressive: 0 } } };
    const receiver = await system.node({ policy }, { status: 500 });
    for (let i = 1; i <= 60; i += 1) {
      await sendTo(receiver);
      await receiver.server.waitFor(i);
    }
  });

  test.concurrent(
    'a message that arrives while its lane is backing off is delivered at once, and the retry is made when it is due',
    async () => {
      const script: Script = (_request, i) => ({ status: i === 0 ? 500 : 200 });
      const receiver = await system.node({ policy: { retry: { delay: { fixed: 4, progressive: 0 } } } }, script);
      const failing = await sendTo(receiver);
      const { dueAt } = await system.until(failing, receiver.id, ({ attempts }) => attempts === 1);
      const prompt = await sendTo(receiver);
      const requests = await receiver.server.waitFor(3);
      expect(requests.map(idOf)).toEqual([failing, prompt, failing]);
      await system.until(failing, receiver.id, isDelivered);
      const [, retry] = await system.attempts(failing);
      expect(retry === undefined ? NaN : startOf(retry)).toBeGreaterThanOrEqual(Date.parse(dueAt ?? '') - ROUNDING);
    },
  );

  test.concurrent('an earlier retry is not held up by a later one', async () => {
    const script: Script = [{ status: 503, headers: { 'retry-after': '3600' } }, { status: 500 }, {}];
    const receiver = await system.node({ policy: { ...quick, concurrency: 1 } }, script);
    const patient = await sendTo(receiver);
    await system.until(patient, receiver.id, ({ attempts }) => attempts === 1);
    const soon = await sendTo(receiver);
    await system.until(soon, receiver.id, isDelivered);
    expect(await system.delivery(patient, receiver.id)).toMatchObject({ state: 'pending', attempts: 1 });
  });

  test.concurrent(
    "a node's own policy overrides the configuration, and a change of it counts from the next attempt",
    async () => {
      const receiver = await system.node(
        { policy: { retry: { delay: { fixed: 0.1, progressive: 0 }, max: 0 } } },
        { status: 500 },
      );
      const id = await sendTo(receiver);
      await receiver.server.waitFor(5);
      await system.call('PATCH', `/api/v1/nodes/${receiver.id}`, { body: { policy: { retry: { max: 2 } } } });
      const frozen = await system.until(id, receiver.id, isFrozen);
      expect(frozen.attempts).toBe(receiver.server.requests.length);
      await waitUntil(
        () => system.attempts(id),
        (attempts) => attempts.length === frozen.attempts,
      );
    },
  );

  test.concurrent('a paused node keeps collecting deliveries and gets none, until it is resumed', async () => {
    const receiver = await system.node({}, { status: 500 });
    const failed = await sendTo(receiver);
    await system.until(failed, receiver.id, ({ attempts }) => attempts === 1);
    await system.call('POST', `/api/v1/nodes/${receiver.id}/pause`);
    receiver.server.answer({});
    const collected = await sendTo(receiver);
    // Whatever would have reached it has passed this lane by when another's retry is through.
    const other = await system.node({ policy: { retry: { delay: { fixed: 2, progressive: 0 } } } }, [
      { status: 500 },
      {},
    ]);
    await system.until(await sendTo(other), other.id, isDelivered);
    expect(receiver.server.requests).toHaveLength(1);
    await system.call('POST', `/api/v1/nodes/${receiver.id}/resume`);
    await Promise.all([failed, collected].map((id) => system.until(id, receiver.id, isDelivered)));
    expect(receiver.server.requests).toHaveLength(3);
  });
});
