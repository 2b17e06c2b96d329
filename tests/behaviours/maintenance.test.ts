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

const DAY = 86_400;

describeBackEnds('maintenance', (backEnd) => {
  let system: TestSystem | undefined;
  afterEach(async () => {
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

  /** Makes a delivered delivery due again behind the system's back: only a sweep can find it. */
  async function loseWakeUp(running: TestSystem, messageId: string): Promise<void> {
    await running.query(
      `UPDATE delivery SET state = 'pending', due_at = now(), delivered_at = NULL WHERE message_id = $1 AND state = 'delivered'`,
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
      const running = await start({ delivery: { interval: 1, concurrency: 2 } });
      const receivers = await Promise.all(Array.from({ length: 10 }, () => running.node({}, { delay: 40 })));
      const key = receivers[0]?.key ?? '';
      await Promise.all(receivers.map((receiver) => sendMany(running, key, receiver, 100)));
      await Promise.all(receivers.map(({ server }) => server.waitFor(5)));
      await backEnd.empty();
      const pending = () => running.query(`SELECT id FROM delivery WHERE state = 'pending'`);
      expect((await pending()).length).toBeGreaterThan(0);
      await waitUntil(pending, (rows) => rows.length === 0, 50_000);
      for (const { server } of receivers) expect(server.requests).toHaveLength(100);
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

  describe('the purge', () => {
    /** Ages in the order the three kinds have by default: delivered, frozen, log. */
    const ages = { delivered: 100, frozen: 200, log: 300 };

    interface Seeded {
      readonly origin: string;
      readonly old: readonly string[];
      readonly kept: readonly string[];
    }

    /** Messages of each kind past and before their age, set by hand. */
    async function seed(running: TestSystem): Promise<Seeded> {
      const { id: origin } = await running.node();
      const [one, two] = await Promise.all([running.node(), running.node()]);
      const add = async (seconds: number, ...states: ('delivered' | 'frozen' | 'cancelled' | 'pending')[]) => {
        const [message] = await running.query(
          `INSERT INTO message (id, origin, source, type, content_type, payload, size, digest, fingerprint, unrouted, created_at)
           VALUES (gen_random_uuid(), $1, $1, 't', 'application/json', '{}', 2, '\\x00', '\\x00', $2, now() - make_interval(secs => $3))
           RETURNING id`,
          [origin, states.length === 0, seconds],
        );
        const id = String(message?.id);
        for (const [i, state] of states.entries()) {
          const [delivery] = await running.query(
            `INSERT INTO delivery (message_id, node_id, state, attempts, due_at, ${state === 'pending' ? 'created_at' : `${state}_at`})
             VALUES ($1, $2, $3::delivery_state, 1, CASE WHEN $3 = 'pending' THEN now() + interval '1 day' END, now() - make_interval(secs => $4))
             RETURNING id`,
            [id, (i === 0 ? one : two).id, state, seconds],
          );
          await running.query(
            `INSERT INTO attempt (delivery_id, number, started_at, duration, outcome, lease) VALUES ($1, 1, now(), 1, 'success', gen_random_uuid())`,
            [delivery?.id],
          );
        }
        return id;
      };
      const logged = (seconds: number) =>
        running.query(
          `INSERT INTO log_record (actor, action, at) VALUES ($1, 'test', now() - make_interval(secs => $2)) RETURNING id`,
          [origin, seconds],
        );
      const old = [
        await add(110, 'delivered'),
        await add(110, 'delivered', 'delivered'),
        await add(110, 'cancelled'),
        await add(110),
        await add(210, 'frozen'),
        await add(210, 'frozen', 'delivered'),
      ];
      const kept = [
        await add(90, 'delivered'),
        await add(90, 'cancelled'),
        await add(90),
        await add(190, 'frozen'),
        await add(190, 'delivered', 'frozen'),
        await add(10 * DAY, 'delivered', 'pending'),
        await add(10 * DAY, 'pending'),
      ];
      await logged(310);
      await logged(290);
      return { origin, old, kept };
    }

    async function remaining(running: TestSystem, { origin }: Seeded) {
      const messages = await running.query('SELECT id FROM message WHERE origin = $1', [origin]);
      const log = await running.query(
        'SELECT extract(epoch FROM now() - at)::int AS age FROM log_record WHERE actor = $1',
        [origin],
      );
      return { messages: messages.map(({ id }) => String(id)).toSorted(), log: log.length };
    }
    async function expectNoOrphans(running: TestSystem): Promise<void> {
      expect(await running.query('SELECT id FROM delivery WHERE message_id NOT IN (SELECT id FROM message)')).toEqual(
        [],
      );
      expect(
        await running.query('SELECT number FROM attempt WHERE delivery_id NOT IN (SELECT id FROM delivery)'),
      ).toEqual([]);
    }
    const purge = async (running: TestSystem, body?: unknown) =>
      (await running.call('POST', '/api/v1/purge', body === undefined ? {} : { body })).body;

    test('takes of each kind what is older than its age and whole, and nothing else', async () => {
      const running = await start({ purge: ages });
      const seeded = await seed(running);
      const expected = { delivered: 4, frozen: 2, log: 1 };
      expect(await purge(running, { dryRun: true })).toEqual(expected);
      expect((await remaining(running, seeded)).messages).toEqual([...seeded.old, ...seeded.kept].toSorted());
      expect(await purge(running)).toEqual(expected);
      expect(await remaining(running, seeded)).toEqual({ messages: seeded.kept.toSorted(), log: 1 });
      await expectNoOrphans(running);
      for (const id of seeded.old) expect((await running.call('GET', `/api/v1/messages/${id}`)).status).toBe(404);
      expect(await purge(running)).toEqual({ delivered: 0, frozen: 0, log: 0 });
    });

    test.each([
      ['delivered', { delivered: 0, frozen: 2, log: 1 }],
      ['frozen', { delivered: 4, frozen: 0, log: 1 }],
      ['log', { delivered: 4, frozen: 2, log: 0 }],
    ])('with purge.%s at 0 that kind is kept', async (kind, expected) => {
      const running = await start({ purge: { ...ages, [kind]: 0 } });
      const seeded = await seed(running);
      // A message one of whose deliveries is of the kind that is kept stays as a whole.
      const mixed = kind === 'delivered' ? { frozen: 1 } : {};
      expect(await purge(running)).toEqual({ ...expected, ...mixed });
      await running.query('DELETE FROM message WHERE origin = $1', [seeded.origin]);
      await running.query('DELETE FROM delivery WHERE message_id NOT IN (SELECT id FROM message)');
      await running.query('DELETE FROM attempt WHERE delivery_id NOT IN (SELECT id FROM delivery)');
      await running.query('DELETE FROM log_record WHERE actor = $1', [seeded.origin]);
    });

    test('runs every purge.interval by itself, and says what it removed in a log record and a metric', async () => {
      const running = await start({ purge: { ...ages, interval: 0.5 } });
      const seeded = await seed(running);
      await waitUntil(
        () => remaining(running, seeded),
        ({ messages }) => messages.length === seeded.kept.length,
      );
      await waitUntil(
        () =>
          Promise.all(
            ['delivered', 'frozen', 'log'].map((kind) => running.measured('orchestrator_purged_total', { kind })),
          ),
        ([delivered, frozen, log]) => delivered === 4 && frozen === 2 && log === 1,
      );
      const records = () =>
        running.query(`SELECT detail FROM log_record WHERE action = 'purge.finished' AND actor = 'schedule'`);
      await waitUntil(records, (rows) => rows.length > 0);
    });

    test('of 20,000 messages holds up no delivery', async () => {
      const running = await start({ purge: ages });
      const receiver = await running.node();
      await running.query(
        `WITH old AS (
           INSERT INTO message (id, origin, source, type, content_type, payload, size, digest, fingerprint, created_at)
           SELECT gen_random_uuid(), 'gone', 'gone', 't', 'application/json', '{}', 2, '\\x00', '\\x00', now() - interval '1 day'
           FROM generate_series(1, 20000) RETURNING id
         )
         INSERT INTO delivery (message_id, node_id, state, due_at, delivered_at)
         SELECT id, $1, 'delivered', NULL, now() - interval '1 hour' FROM old`,
        [receiver.id],
      );
      let purged: unknown;
      const purging = purge(running).then((counts) => (purged = counts));
      let delivered = 0;
      while (purged === undefined) {
        await running.send(receiver.key, { destinations: [receiver.id] });
        delivered += 1;
        await receiver.server.waitFor(delivered);
      }
      await purging;
      expect(purged).toMatchObject({ delivered: 20_000 });
      // The last one may have come after it.
      expect(delivered).toBeGreaterThan(1);
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
        (purges) => purges >= 6,
      );
      // Five more ticks take five seconds; the first may have been late, but three workers would be through in two.
      expect(performance.now() - begun).toBeGreaterThan(3_500);
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

    test('go on after the queue was emptied', async () => {
      const running = await start({ purge: { interval: 0.5 }, delivery: { interval: 1 } });
      await waitUntil(
        () => purgesOf(running),
        (purges) => purges >= 1,
      );
      await backEnd.empty();
      const before = purgesOf(running);
      await waitUntil(
        () => purgesOf(running),
        (purges) => purges >= before + 3,
      );
    });
  });
});
