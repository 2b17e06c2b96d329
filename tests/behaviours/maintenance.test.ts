import { describeBackEnds } from '#testkit';
import {
  acceptedBatchSchema,
  read,
  startSystem,
  waitUntil,
  type ConfigChange,
  type RegisteredNode,
  type SystemOptions,
  type TestSystem,
} from '../system/index.ts';

// Contract section 1: the repeatable jobs, and what they repair and remove. Each test has a system with a configuration of its own; they
// follow each other on one database and one queue, as processes do that are started anew with another configuration.

describeBackEnds('maintenance', (backEnd) => {
  let system: TestSystem | undefined;
  afterEach(async () => {
    // What a test that failed left behind would fail the next.
    await system?.query('TRUNCATE delivery');
    await system?.stop();
    system = undefined;
  });

  async function start(config: ConfigChange, options: SystemOptions = {}): Promise<TestSystem> {
    await system?.stop();
    system = undefined;
    const started = await startSystem(backEnd, { ...options, config });
    system = started;
    return started;
  }
  async function sendMany(
    running: TestSystem,
    key: string,
    receiver: RegisteredNode,
    count: number,
  ): Promise<string[]> {
    const messages = Array.from({ length: count }, (_, i) => ({ type: 't', destinations: [receiver.id], payload: i }));
    const reply = await running.call('POST', '/api/v1/messages/batch', { key, body: { messages } });
    return read(reply, [202], acceptedBatchSchema).messages.map(({ id }) => id);
  }
  const purgesOf = ({ report }: TestSystem) =>
    report.factsOf('purge.finished').filter(({ actor }) => actor === 'schedule').length;
  const repairsOf = (running: TestSystem) => running.measured('orchestrator_sweep_repairs_total');

  /** Makes a delivered delivery due again behind the system's back, with a fresh budget: only a sweep can find it. */
  async function loseWakeUp(running: TestSystem, messageId: string): Promise<void> {
    await running.query(
      `UPDATE delivery SET state = 'pending', due_at = now() - interval '5 seconds', delivered_at = NULL, budget_start = attempts
       WHERE message_id = $1 AND state = 'delivered'`,
      [messageId],
    );
  }

  describe('the sweep', () => {
    test('finds what was lost between commit and queue', async () => {
      const running = await start({ delivery: { interval: 0.5 } }, { workers: 0 });
      const [sender, receiver] = await Promise.all([running.node(), running.node()]);
      await running.send(sender.key, { destinations: [receiver.id] });
      await backEnd.empty();
      await running.startWorker();
      await receiver.server.waitFor(1, 30_000);
    });

    test('delivers, at its next tick, all of 1,000 deliveries that were pending when the queue was emptied', async () => {
      const running = await start({ delivery: { interval: 1, concurrency: 2 }, purge: { interval: 0.5 } });
      const receivers = await Promise.all(Array.from({ length: 10 }, () => running.node({}, { delay: 40 })));
      const key = receivers[0]?.key ?? '';
      await Promise.all(receivers.map((receiver) => sendMany(running, key, receiver, 100)));
      await Promise.all(receivers.map(({ server }) => server.waitFor(5)));
      await backEnd.empty();
      const purges = purgesOf(running);
      const pending = () => running.query(`SELECT id FROM delivery WHERE state = 'pending'`);
      expect((await pending()).length).toBeGreaterThan(0);
      await waitUntil(pending, (rows) => rows.length === 0, 50_000);
      for (const { server } of receivers) expect(server.requests).toHaveLength(100);
      // The ticks of the purge went with the queue, and go on too.
      await waitUntil(
        () => purgesOf(running),
        (now) => now >= purges + 3,
      );
    });

    test('repairs nothing in health', async () => {
      const retry = { delay: { fixed: 0.4, progressive: 0 } };
      const running = await start({ delivery: { interval: 0.2, retry } });
      const receivers = await Promise.all([
        running.node(),
        running.node({}, { delay: 30 }),
        running.node({ ordering: 'fifo' }, { delay: 10 }),
        running.node({}, (_request, i) => ({ status: i % 2 === 0 ? 500 : 200 })),
      ]);
      const key = receivers[0].key;
      const sent = await Promise.all(receivers.map((receiver) => sendMany(running, key, receiver, 40)));
      const pending = () => running.query(`SELECT id FROM delivery WHERE state = 'pending'`);
      await waitUntil(pending, (rows) => rows.length === 0);
      expect(await repairsOf(running)).toBe(0);
      // It did look, and the metric does count: what is lost now is found.
      await loseWakeUp(running, sent[0]?.[0] ?? '');
      await receivers[0].server.waitFor(41, 30_000);
      expect(
        await waitUntil(
          () => repairsOf(running),
          (repairs) => repairs > 0,
        ),
      ).toBe(1);
    });

    test('follows delivery.interval after a restart', async () => {
      let running = await start({ delivery: { interval: 3_600 } });
      const first = await running.node();
      await running.send(first.key, { destinations: [first.id] });
      await first.server.waitFor(1);
      running = await start({ delivery: { interval: 0.3 } });
      const receiver = await running.node();
      const { id } = await running.send(receiver.key, { destinations: [receiver.id] });
      await running.until(id, receiver.id, ({ state }) => state === 'delivered');
      // The first tick comes at the start; these are of the new interval.
      for (let found = 2; found <= 4; found += 1) {
        await loseWakeUp(running, id);
        await receiver.server.waitFor(found, 30_000);
        await running.until(id, receiver.id, ({ state }) => state === 'delivered');
      }
    });
  });

  describe('the ticks', () => {
    test('come once each, however many workers there are', async () => {
      const running = await start({ purge: { interval: 1 } }, { workers: 3 });
      await waitUntil(
        () => purgesOf(running),
        (purges) => purges >= 1,
      );
      const begun = performance.now();
      await waitUntil(
        () => purgesOf(running),
        (purges) => purges >= 4,
      );
      // Three more ticks take three seconds, or two if the first was late; three workers would be through in one.
      expect(performance.now() - begun).toBeGreaterThan(1_900);
    });

    test('go on when one of the workers ends', async () => {
      const running = await start({ purge: { interval: 0.5 } });
      await waitUntil(
        () => purgesOf(running),
        (purges) => purges >= 1,
      );
      await running.stopWorker();
      const before = purgesOf(running);
      await running.addWorker();
      await waitUntil(
        () => purgesOf(running),
        (purges) => purges >= before + 3,
      );
    });

    test('follow the configuration after a restart, and 0 removes the scheduler', async () => {
      let running = await start({ purge: { interval: 3_600 } });
      running = await start({ purge: { interval: 0.3 } });
      await waitUntil(
        () => purgesOf(running),
        (purges) => purges >= 4,
      );
      running = await start({ purge: { interval: 0 }, delivery: { interval: 0.3 } });
      const receiver = await running.node();
      const { id } = await running.send(receiver.key, { destinations: [receiver.id] });
      // Four sweeps, which have something to find each, and no purge among them.
      for (let found = 1; found <= 5; found += 1) {
        await receiver.server.waitFor(found, 30_000);
        await running.until(id, receiver.id, ({ state }) => state === 'delivered');
        await loseWakeUp(running, id);
      }
      expect(purgesOf(running)).toBe(0);
    });
  });
});
