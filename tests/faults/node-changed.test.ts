import { describeBackEnds } from '#testkit';
import { noteFinding, printFindings } from './findings.ts';
import { openScene, type Scene } from './scene.ts';

/** Requests go out one by one, each taking longer than a lane's slice of a second: what is behind the first is not in flight. */
const ONE_BY_ONE = { policy: { concurrency: 1 } };
const SLOW = 1_500;

/** Answers come fast, and a run has read far more than it has in flight. */
const CONCURRENCY = 8;
const BACKLOG = 1_000;
const QUICK = 20;

printFindings();

describeBackEnds('row 41: a node is changed', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd, { delivery: { interval: 1 } });
    await scene.startWorker();
  });
  afterAll(() => scene.close());

  async function expectHealthy(row: string, nodes: readonly string[]): Promise<void> {
    const verdict = await scene.judge(nodes);
    expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
    noteFinding({ row: `41, ${row}`, backEnd: backEnd.name, verdict, recovery: null });
  }

  /** Healthy, but for what had been begun before the worker could hear of the change: a request for each place at most. */
  async function expectOnlyInFlight(row: string, node: string): Promise<void> {
    const verdict = await scene.judge([node]);
    const begun = verdict.violations.filter(({ kind }) => kind === 'attempted-when-final');
    expect(begun.length).toBeLessThanOrEqual(CONCURRENCY);
    expect({ ...verdict, violations: verdict.violations.filter((violation) => !begun.includes(violation)) }).toEqual({
      violations: [],
      lost: 0,
      duplicates: 0,
    });
    noteFinding({ row: `41, ${row}`, backEnd: backEnd.name, verdict, recovery: null });
  }

  /** Sends three messages, of which the first is in flight when this resolves. */
  async function beginThree(node: string): Promise<void> {
    await scene.register([node], ONE_BY_ONE);
    scene.receivers.behave(node, (_, index) => (index === 0 ? { delay: SLOW } : {}));
    await scene.sender.sendMany(3, [node]);
    await scene.receivers.waitFor(1, node);
  }

  test('paused with deliveries pending: they are kept, and delivered when it is resumed', async () => {
    const { api, receivers, sender } = scene;
    await scene.register(['paused', 'witness']);
    expect((await api.call('POST', '/api/v1/nodes/paused/pause')).status).toBe(200);
    await sender.sendMany(5, ['paused']);
    await sender.sendMany(5, ['witness']);
    await receivers.waitFor(5, 'witness');
    expect(receivers.requestsOf('paused')).toEqual([]);
    expect(await scene.pending(['paused'])).toBe(5);
    expect((await api.call('POST', '/api/v1/nodes/paused/resume')).status).toBe(200);
    await scene.drained();
    await expectHealthy('paused, pending', ['paused', 'witness']);
  });

  test('paused with one in flight: that one ends, and the others are kept', async () => {
    const { api, receivers } = scene;
    await beginThree('paused-busy');
    expect((await api.call('POST', '/api/v1/nodes/paused-busy/pause')).status).toBe(200);
    await scene.atRest('paused-busy');
    expect(receivers.requestsOf('paused-busy')).toHaveLength(1);
    expect(await scene.pending(['paused-busy'])).toBe(2);
    await api.call('POST', '/api/v1/nodes/paused-busy/resume');
    await scene.drained();
    await expectHealthy('paused, in flight', ['paused-busy']);
  });

  test('deleted with deliveries pending and one in flight: what is pending is cancelled and logged, and the last result too', async () => {
    const { api, receivers, database } = scene;
    await beginThree('deleted');
    expect((await api.call('DELETE', '/api/v1/nodes/deleted')).status).toBe(204);
    await scene.atRest('deleted');
    expect(receivers.requestsOf('deleted')).toHaveLength(1);
    expect(await scene.pending(['deleted'])).toBe(0);
    const { rows } = await database.pool.query<{ state: string }>(
      `SELECT state FROM delivery WHERE node_id = 'deleted' ORDER BY id`,
    );
    expect(rows.map(({ state }) => state)).toEqual(['cancelled', 'cancelled', 'cancelled']);
    const { body } = await api.call('GET', '/api/v1/log?node=deleted');
    expect(body).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ action: 'node.deleted' })]),
    });
    await expectHealthy('deleted', ['deleted']);
  });

  const changes = {
    paused: (node: string) => scene.api.call('POST', `/api/v1/nodes/${node}/pause`),
    cancelled: (node: string) =>
      scene.api.call('POST', '/api/v1/deliveries/cancel', { body: { filter: { node, state: 'pending' } } }),
    deleted: (node: string) => scene.api.call('DELETE', `/api/v1/nodes/${node}`),
  };

  for (const [change, make] of Object.entries(changes)) {
    test(`${change} with a run in the middle of its batch: only what is in flight ends`, async () => {
      const node = `busy-${change}`;
      await scene.register([node], { policy: { concurrency: CONCURRENCY, batch: 500 } });
      scene.receivers.behave(node, { delay: QUICK });
      await scene.sender.sendMany(BACKLOG, [node]);
      await scene.receivers.waitFor(5 * CONCURRENCY, node);
      expect((await make(node)).status).toBeLessThan(300);
      const seen = scene.receivers.requestsOf(node).length;
      await scene.atRest(node);
      await scene.receivers.caughtUp();
      const later = scene.receivers.requestsOf(node).length - seen;
      expect(seen + later).toBeLessThan(BACKLOG / 2);
      expect(later).toBeLessThanOrEqual(CONCURRENCY);
      await scene.api.call('POST', `/api/v1/nodes/${node}/resume`);
      await scene.drained();
      await expectOnlyInFlight(`${change}, in mid-batch`, node);
    });
  }

  test('moved with a run in the middle of its batch: all but what is in flight goes to the new address', async () => {
    const { api, receivers, sender } = scene;
    await scene.register(['busy-moved'], { policy: { concurrency: CONCURRENCY, batch: 500 } });
    receivers.behave('busy-moved', { delay: QUICK });
    await sender.sendMany(BACKLOG, ['busy-moved']);
    await receivers.waitFor(5 * CONCURRENCY, 'busy-moved');
    const url = `${receivers.urlOf('busy-moved')}/elsewhere`;
    await api.call('PATCH', '/api/v1/nodes/busy-moved', { body: { url } });
    const seen = receivers.requestsOf('busy-moved').length;
    await scene.drained();
    const late = receivers.requestsOf('busy-moved').slice(seen);
    expect(late.filter(({ path }) => !path.endsWith('/elsewhere')).length).toBeLessThanOrEqual(CONCURRENCY);
    await expectHealthy('moved, in mid-batch', ['busy-moved']);
  });

  test('moved with one failing in flight: the next attempt goes to the new address', async () => {
    const { api, receivers, sender } = scene;
    await scene.register(['moved']);
    receivers.behave('moved', { status: 500, delay: SLOW });
    expect(await sender.sendOnce(['moved'])).toBe(202);
    await receivers.waitFor(1, 'moved');
    await api.call('PATCH', '/api/v1/nodes/moved', { body: { url: `${receivers.urlOf('moved')}/elsewhere` } });
    receivers.behave('moved', {});
    await scene.drained();
    expect(receivers.requestsOf('moved').map(({ path }) => path)).toEqual(['/n/moved', '/n/moved/elsewhere']);
    await expectHealthy('moved, in flight', ['moved']);
  });

  test('moved while a retry is waiting: it goes to the new address', async () => {
    const { api, receivers, sender } = scene;
    await scene.register(['moving']);
    receivers.behave('moving', (_, index) => (index === 0 ? { status: 500 } : {}));
    expect(await sender.sendOnce(['moving'])).toBe(202);
    await scene.attempted(['moving'], 1);
    await api.call('PATCH', '/api/v1/nodes/moving', { body: { url: `${receivers.urlOf('moving')}/elsewhere` } });
    await scene.drained();
    expect(receivers.requestsOf('moving').map(({ path }) => path)).toEqual(['/n/moving', '/n/moving/elsewhere']);
    await expectHealthy('moved, pending', ['moving']);
  });
});
