import { describeBackEnds, type ReceivedRequest, type Script } from '#testkit';
import {
  acceptedBatchSchema,
  read,
  startSystem,
  waitUntil,
  type Attempt,
  type RegisteredNode,
  type TestSystem,
} from '../system/index.ts';

// Contract section 3: one attempt of a delivery at a time, at least once, and nodes that are served in order. Two workers share the work,
// and a sweep several times a second does its best to make them meet.

const CONCURRENCY = 4;

describeBackEnds('the fleet', (backEnd) => {
  let system: TestSystem;
  let sender: RegisteredNode;
  beforeAll(async () => {
    const retry = { delay: { fixed: 0.3, progressive: 0 }, max: 6 };
    const delivery = { interval: 0.2, concurrency: CONCURRENCY, retry };
    system = await startSystem(backEnd, { workers: 2, config: { delivery } });
    sender = await system.node();
  });
  afterAll(() => system.stop());

  const idOf = ({ headers }: ReceivedRequest) => headers['webhook-id'] ?? '';
  const isFinal = ({ state }: { state: string }) => state !== 'pending';

  /** One batch: accepted, and so stored, in the order given. */
  async function sendMany(receiver: RegisteredNode, count: number): Promise<string[]> {
    const messages = Array.from({ length: count }, (_, i) => ({ type: 't', destinations: [receiver.id], payload: i }));
    const reply = await system.call('POST', '/api/v1/messages/batch', { key: sender.key, body: { messages } });
    return read(reply, [202], acceptedBatchSchema).messages.map(({ id }) => id);
  }
  async function sendOne(receiver: RegisteredNode): Promise<string> {
    return (await system.send(sender.key, { destinations: [receiver.id] })).id;
  }
  const pendingOf = async (receiver: RegisteredNode) =>
    (await system.query(`SELECT id FROM delivery WHERE node_id = $1 AND state = 'pending'`, [receiver.id])).length;
  const drained = (receiver: RegisteredNode) =>
    waitUntil(
      () => pendingOf(receiver),
      (pending) => pending === 0,
    );

  /** That the attempts of one delivery are numbered without gaps and follow each other. */
  function expectOneAtATime(attempts: readonly Attempt[]): void {
    expect(attempts.map(({ number }) => number)).toEqual(attempts.map((_, i) => i + 1));
    for (const [i, { startedAt }] of attempts.entries()) {
      const before = attempts[i - 1];
      if (before === undefined) continue;
      expect(Date.parse(startedAt)).toBeGreaterThanOrEqual(Date.parse(before.startedAt) + before.duration);
    }
  }

  test.concurrent(
    'a delivery that succeeds is attempted once, however slow its node and however many workers look',
    async () => {
      const receiver = await system.node({}, { delay: 100 });
      const ids = await sendMany(receiver, 80);
      await drained(receiver);
      expect(receiver.server.requests.map(idOf).toSorted()).toEqual(ids.toSorted());
    },
  );

  test.concurrent('at most one attempt of a delivery is under way at a time', async () => {
    const seen = new Map<string, number>();
    // Each fails twice and takes its time.
    const script: Script = (request) => {
      const before = seen.get(idOf(request)) ?? 0;
      seen.set(idOf(request), before + 1);
      return { status: before < 2 ? 500 : 200, delay: 50 };
    };
    const receiver = await system.node({}, script);
    const ids = await sendMany(receiver, 30);
    await drained(receiver);
    for (const id of ids) {
      const attempts = await system.attempts(id);
      expect(attempts.map(({ status }) => status)).toEqual([500, 500, 200]);
      expectOneAtATime(attempts);
    }
    expect(receiver.server.requests).toHaveLength(90);
  });

  test.concurrent(
    'one worker at a time works on a node: there are never more requests in flight than delivery.concurrency',
    async () => {
      const receiver = await system.node({}, { delay: 60 });
      for (let i = 0; i < 10; i += 1) await sendMany(receiver, 8);
      await drained(receiver);
      const most = Math.max(...receiver.server.requests.map(({ overlap }) => overlap + 1));
      expect(most).toBe(CONCURRENCY);
      expect(receiver.server.requests).toHaveLength(80);
    },
  );

  test.concurrent('both workers take part', async () => {
    const receivers = await Promise.all(Array.from({ length: 12 }, () => system.node({}, { delay: 50 })));
    await Promise.all(receivers.map((receiver) => sendMany(receiver, 10)));
    await Promise.all(receivers.map(drained));
    const busy = await system.measuredByWorker('orchestrator_attempts_total');
    expect(busy.filter((attempts) => attempts > 0)).toHaveLength(2);
  });

  // By itself, since it cuts everyone's.
  test('a lost connection to the database is not a death: the result is recorded when it is back', async () => {
    const receiver = await system.node({}, { delay: 500 });
    const id = await sendOne(receiver);
    await receiver.server.waitFor(1);
    await system.cutConnections();
    const states = () => system.query('SELECT state FROM delivery WHERE message_id = $1', [id]);
    await waitUntil(states, ([row]) => row?.state === 'delivered');
    expect((await system.attempts(id)).map(({ number, status }) => [number, status])).toEqual([[1, 200]]);
    expect(receiver.server.requests).toHaveLength(1);
  });

  test.concurrent(
    'a node in a hurry does not starve the others: a run gives its place after delivery.batch',
    async () => {
      const [greedy, modest] = await Promise.all([system.node({ policy: { batch: 5 } }, { delay: 20 }), system.node()]);
      await sendMany(greedy, 200);
      await greedy.server.waitFor(1);
      await sendOne(modest);
      await modest.server.waitFor(1);
      await drained(greedy);
      expect(greedy.server.requests).toHaveLength(200);
    },
  );

  describe('to a fifo node', () => {
    const fifo = { ordering: 'fifo' };

    test.concurrent('messages go one by one in the order of acceptance', async () => {
      const receiver = await system.node(fifo, (_request, i) => ({ delay: (i * 7) % 30 }));
      const ids: string[] = [];
      for (let i = 0; i < 15; i += 1) ids.push(await sendOne(receiver), ...(await sendMany(receiver, 2)));
      await drained(receiver);
      expect(receiver.server.requests.map(idOf)).toEqual(ids);
      expect(receiver.server.requests.every(({ overlap }) => overlap === 0)).toBe(true);
    });

    test.concurrent('a failing one holds the others back until it is delivered', async () => {
      const receiver = await system.node(fifo, [{}, { status: 500 }, { status: 500 }, {}]);
      const [first, second, third, fourth] = await sendMany(receiver, 4);
      await drained(receiver);
      expect(receiver.server.requests.map(idOf)).toEqual([first, second, second, second, third, fourth]);
    });

    test.concurrent('a failing one holds back also what is accepted later', async () => {
      const receiver = await system.node({ ...fifo, policy: { retry: { delay: { fixed: 2 } } } }, [
        { status: 500 },
        {},
      ]);
      const first = await sendOne(receiver);
      await system.until(first, receiver.id, ({ attempts }) => attempts === 1);
      const second = await sendOne(receiver);
      await drained(receiver);
      expect(receiver.server.requests.map(idOf)).toEqual([first, first, second]);
      expectOneAtATime(await system.attempts(first));
    });

    test.concurrent('a failing one holds the others back until it is frozen', async () => {
      const policy = { retry: { max: 3 } };
      const script: Script = (_request, i) => ({ status: i < 3 ? 500 : 200 });
      const receiver = await system.node({ ...fifo, policy }, script);
      const [first, second] = await sendMany(receiver, 2);
      await drained(receiver);
      expect(receiver.server.requests.map(idOf)).toEqual([first, first, first, second]);
      expect(await system.delivery(first ?? '', receiver.id)).toMatchObject({ state: 'frozen' });
    });

    test.concurrent('a failing one holds the others back until it is cancelled', async () => {
      const policy = { retry: { delay: { fixed: 3_600 } } };
      const receiver = await system.node({ ...fifo, policy }, [{ status: 500 }, {}]);
      const [first, second] = await sendMany(receiver, 2);
      const { id } = await system.until(first ?? '', receiver.id, ({ attempts }) => attempts === 1);
      const others = await system.node();
      await system.until(await sendOne(others), others.id, isFinal);
      expect(receiver.server.requests.map(idOf)).toEqual([first]);
      await system.call('POST', '/api/v1/deliveries/cancel', { body: { ids: [id] } });
      await drained(receiver);
      expect(receiver.server.requests.map(idOf)).toEqual([first, second]);
      expect(await system.delivery(first ?? '', receiver.id)).toMatchObject({ state: 'cancelled', attempts: 1 });
    });

    test.concurrent('a time-out holds the others back too', async () => {
      const receiver = await system.node({ ...fifo, policy: { timeout: 1 } }, [{ fault: 'hang' }, {}]);
      const [first, second] = await sendMany(receiver, 2);
      await drained(receiver);
      expect(receiver.server.requests.map(idOf)).toEqual([first, first, second]);
    });
  });
});
