import { describeBackEnds, startTestNode, type TestNode } from '#testkit';
import { freshId, startSystem, type TestSystem } from '../system/index.ts';

describeBackEnds('what has been due for long', (backEnd) => {
  let system: TestSystem;
  let forgotten: TestNode;
  let watching: TestNode;

  beforeAll(async () => {
    system = await startSystem(backEnd, { config: { delivery: { interval: 0.5 } } });
    forgotten = await startTestNode();
    watching = await startTestNode();
  });
  afterAll(async () => {
    await Promise.all([forgotten.close(), watching.close()]);
    await system.stop();
  });

  test('is told to who subscribed to it, and delivered by the sweep that found it', async () => {
    const [old, fresh] = [freshId('forgotten'), freshId('fresh')];
    const key = await system.register(old, { url: forgotten.url, protocol: 'webhook', paused: true });
    await system.register(fresh, { url: forgotten.url, protocol: 'webhook', paused: true });
    await system.register(freshId('watching'), {
      url: watching.url,
      protocol: 'webhook',
      subscriptions: ['orchestrator.backlog.old'],
    });
    const { id } = await system.send(key, { type: 't', destinations: [old, fresh], payload: 1 });
    // Twenty minutes pass, and nobody is woken: as if what woke the lane had been lost.
    await system.query(`UPDATE delivery SET due_at = now() - interval '20 minutes' WHERE node_id = '${old}'`);
    await system.query('UPDATE node SET paused = false');
    for (const node of [old, fresh]) await system.until(id, node, ({ state }) => state === 'delivered');
    const [event] = await watching.waitFor(1);
    expect(event?.headers['ce-type']).toBe('orchestrator.backlog.old');
    const facts = JSON.parse(String(event?.body)) as { readonly late: number };
    expect(facts).toEqual({ event: 'backlog.old', node: old, late: expect.any(Number) });
    // Of the database's clock: what the machine took to get here comes on top.
    expect(facts.late).toBeGreaterThanOrEqual(1_200);
    // The other one was due for less, and no second word is lost on the first.
    expect(watching.requests).toHaveLength(1);
  });
});
