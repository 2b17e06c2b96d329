import { describeBackEnds } from '#testkit';
import { startSystem, waitUntil, type ConfigChange, type TestSystem } from '../system/index.ts';

// Contract section 1, `purge`, and section 4, purge now. Each test has a system with ages of its own, on one database.

const DAY = 86_400;

/** Messages that are purged at once; a million is worth a try by hand. */
const MANY = Number(process.env['PURGE_MESSAGES'] ?? 20_000);

describeBackEnds('the purge', (backEnd) => {
  let system: TestSystem | undefined;
  afterEach(async () => {
    await system?.stop();
    system = undefined;
  });

  async function start(purge: ConfigChange): Promise<TestSystem> {
    system = await startSystem(backEnd, { config: { purge } });
    return system;
  }
  /** Ages in the order the three kinds have by default: delivered, frozen, log. */
  const ages = { delivered: 10_000, frozen: 20_000, log: 30_000 };

  interface Seeded {
    readonly origin: string;
    readonly old: readonly string[];
    readonly kept: readonly string[];
  }

  /** Messages of each kind past and before their age, set by hand. */
  async function seed(running: TestSystem): Promise<Seeded> {
    await running.query('TRUNCATE message, delivery, attempt, log_record');
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
      await add(11_000, 'delivered'),
      await add(11_000, 'delivered', 'delivered'),
      await add(11_000, 'cancelled'),
      await add(11_000),
      await add(21_000, 'frozen'),
      await add(21_000, 'frozen', 'delivered'),
    ];
    const kept = [
      await add(9_000, 'delivered'),
      await add(9_000, 'cancelled'),
      await add(9_000),
      await add(19_000, 'frozen'),
      await add(19_000, 'delivered', 'frozen'),
      await add(10 * DAY, 'delivered', 'pending'),
      await add(10 * DAY, 'pending'),
    ];
    await logged(31_000);
    await logged(29_000);
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
    expect(await running.query('SELECT id FROM delivery WHERE message_id NOT IN (SELECT id FROM message)')).toEqual([]);
    expect(
      await running.query('SELECT number FROM attempt WHERE delivery_id NOT IN (SELECT id FROM delivery)'),
    ).toEqual([]);
  }
  const purge = async (running: TestSystem, body?: unknown) =>
    (await running.call('POST', '/api/v1/purge', body === undefined ? {} : { body })).body;

  test('takes of each kind what is older than its age and whole, and nothing else', async () => {
    const running = await start(ages);
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
    const running = await start({ ...ages, [kind]: 0 });
    await seed(running);
    // A message one of whose deliveries is of the kind that is kept stays as a whole.
    const mixed = kind === 'delivered' ? { frozen: 1 } : {};
    expect(await purge(running)).toEqual({ ...expected, ...mixed });
  });

  test('runs every purge.interval by itself, and says what it removed in a log record and a metric', async () => {
    const running = await start({ ...ages, interval: 0.5 });
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

  test('of many messages holds up no delivery', async () => {
    const running = await start(ages);
    const receiver = await running.node();
    await running.query(
      `WITH old AS (
         INSERT INTO message (id, origin, source, type, content_type, payload, size, digest, fingerprint, created_at)
         SELECT gen_random_uuid(), 'gone', 'gone', 't', 'application/json', '{}', 2, '\\x00', '\\x00', now() - interval '1 day'
         FROM generate_series(1, $2::int) RETURNING id
       )
       INSERT INTO delivery (message_id, node_id, state, due_at, delivered_at)
       SELECT id, $1, 'delivered', NULL, now() - interval '1 day' FROM old`,
      [receiver.id, MANY],
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
    expect(purged).toMatchObject({ delivered: MANY });
    // The last one may have come after it.
    expect(delivered).toBeGreaterThan(1);
  });
});
