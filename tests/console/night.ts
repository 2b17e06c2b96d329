import { startTestPostgres } from '#testkit';
import { startSystem, waitUntil, type TestSystem } from '../system/index.ts';

export const PASSWORD = 'only for the tests';

/** What someone who is woken finds: most nodes well, one that refuses everything, one that is slow to come back, one that is paused. */
export interface Night {
  readonly system: TestSystem;
  /** Refuses with 503 until it is healed; its deliveries freeze at the first failure. */
  readonly customs: Awaited<ReturnType<TestSystem['node']>>;
  /** Fails, and is tried again minutes later. */
  readonly carrier: Awaited<ReturnType<TestSystem['node']>>;
  readonly terminal: Awaited<ReturnType<TestSystem['node']>>;
  /** A message that is frozen at customs, waits for the carrier, and has reached the terminal. */
  readonly stuck: string;
  /** Sends so many messages from the terminal to these nodes; answers their ids. */
  send(
    count: number,
    destinations: readonly string[],
    message?: Readonly<Record<string, unknown>>,
  ): Promise<readonly string[]>;
  /** Makes a user of that role, called as it is. */
  addUser(role: 'operator' | 'viewer'): Promise<void>;
  end(): Promise<void>;
}

const ANSWER = JSON.stringify({ error: 'declaration service is down', ticket: 'OPS-2291' });

/** @param frozen Deliveries that have frozen at customs. */
export async function startNight(frozen: number): Promise<Night> {
  const postgres = await startTestPostgres();
  const databaseUrl = await postgres.createDatabase();
  const system = await startSystem({ databaseUrl, queueUrl: 'database' });
  const freezing = { policy: { retry: { max: 1 } } };
  const waiting = { policy: { retry: { delay: { fixed: 180, progressive: 120 }, max: 6 } } };
  const customs = await system.node(
    { id: 'customs', name: 'Customs declarations', ...freezing },
    { status: 503, body: ANSWER },
  );
  const carrier = await system.node(
    { id: 'carrier', name: 'Carrier booking', ...waiting },
    { status: 502, body: 'upstream gone' },
  );
  const terminal = await system.node({ id: 'terminal', name: 'Terminal Rotterdam' });
  await system.node({ id: 'forwarder', name: 'Forwarder', paused: true });
  await system.node({ id: 'warehouse', name: 'Warehouse Venlo', ordering: 'fifo' });

  async function send(count: number, destinations: readonly string[], message: Readonly<Record<string, unknown>> = {}) {
    const one = {
      type: 'container.gate-in',
      payload: { container: 'MSKU1234565', gate: 'IN', weight: 21_400 },
      ...message,
    };
    const ids: string[] = [];
    while (ids.length < count) {
      const messages = Array.from({ length: Math.min(count - ids.length, 500) }, () => ({ destinations, ...one }));
      const { body } = await system.call('POST', '/api/v1/messages/batch', { key: terminal.key, body: { messages } });
      ids.push(...(body as { messages: { id: string }[] }).messages.map(({ id }) => id));
    }
    return ids;
  }
  const [stuck = ''] = await send(1, ['customs', 'carrier', 'terminal'], {
    id: '2026-11-24/gate-in/000187',
    payload: { container: 'MSKU1234565', gate: 'IN', seal: 'NL-448812', weighed: [21_400, 21_380], dangerous: false },
  });
  await send(Math.max(frozen - 1, 0), ['customs']);
  await system.until(stuck, 'carrier', ({ attempts }) => attempts === 1);
  await untilFrozen(system, frozen);

  return {
    system,
    customs,
    carrier,
    terminal,
    stuck,
    send,
    async addUser(role) {
      await system.call('POST', '/api/v1/users', { body: { username: role, password: PASSWORD, role } });
    },
    async end() {
      await system.stop();
      await postgres.stop();
    },
  };
}

/** Every delivery to customs has been tried, and the overview has been told of it. */
async function untilFrozen(system: TestSystem, frozen: number): Promise<void> {
  await waitUntil(
    async () =>
      (await system.query("SELECT count(*)::int AS count FROM delivery WHERE state = 'frozen'"))[0]?.['count'],
    (count) => count === frozen,
  );
  await waitUntil(
    async () =>
      (
        await system.query(
          "SELECT COALESCE(sum(count), 0)::int AS count FROM tally WHERE width = 60 AND node_id = 'customs' AND kind = 'frozen'",
        )
      )[0]?.['count'],
    (count) => count === frozen,
  );
}
