import { describeBackEnds, type Answer } from '#testkit';
import { noteFinding, printFindings } from './findings.ts';
import { openScene, type Scene } from './scene.ts';
import { outcomesAt } from './stored-attempts.ts';

/** Seconds after which a failure is retried: none falls due again while a test looks. */
const OWN_DELAY = 600;
const RULE = { delay: { fixed: OWN_DELAY, progressive: 0 }, max: 5 };
const QUICK_RULE = { delay: { fixed: 0.1, progressive: 0 }, max: 2 };
const DAY = 86_400;

printFindings();

describeBackEnds('a node that refuses', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd);
    await scene.startWorker();
  });
  afterAll(() => scene.close());

  test('row 25: is not tried again before the later of its Retry-After and the own delay, nor after more than a day', async () => {
    const { receivers, sender, database, api } = scene;
    const inAnHour = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_600_000).toUTCString();
    const expected: Record<string, readonly [value: string, pause: number]> = {
      seconds: ['1800', 1800],
      short: ['30', OWN_DELAY],
      date: [inAnHour, 3600],
      past: ['Wed, 21 Oct 2015 07:28:00 GMT', OWN_DELAY],
      huge: ['99999999999999999999', DAY],
      negative: ['-1800', OWN_DELAY],
      fraction: ['1800.5', OWN_DELAY],
      junk: ['soon, please', OWN_DELAY],
      empty: ['', OWN_DELAY],
    };
    const cases = [429, 503].flatMap((status) =>
      Object.entries(expected).map(([name, [value, pause]]) => ({
        node: `25-${status}-${name}`,
        status,
        value,
        pause,
      })),
    );
    const nodes = cases.map(({ node }) => node);
    for (const { node, status, value } of cases) receivers.behave(node, refusal(status, value));
    await scene.register(nodes, { policy: { retry: RULE } });
    expect(await sender.sendOnce(nodes)).toBe(202);
    await scene.attempted(nodes, 1);

    const pauses = new Map((await outcomesAt(database, nodes)).map(({ node, pause }) => [node, pause]));
    for (const { node, value, pause } of cases) {
      // A date says nothing about when it was written: what is left of the hour depends on how long all this took.
      if (value === inAnHour) expect(pauses.get(node)).toBeGreaterThan(OWN_DELAY);
      else expect({ node, pause: pauses.get(node) }).toEqual({ node, pause: expect.closeTo(pause, 2) });
    }
    for (const node of nodes) await api.call('POST', '/api/v1/deliveries/cancel', { body: { filter: { node } } });
    const verdict = await scene.judge(nodes, { retry: RULE });
    expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
    noteFinding({ row: '25', backEnd: backEnd.name, verdict, recovery: null });
  });

  test('row 26: is tried again, but for a 410, and a 404 or 401 of a federated node for a full event', async () => {
    const { receivers, sender, database } = scene;
    const statuses = [400, 401, 403, 404, 410, 413, 422];
    const protocols = ['webhook', 'federated'] as const;
    const nodes: string[] = [];
    for (const protocol of protocols) {
      const ofProtocol = statuses.map((status) => `26-${protocol}-${status}`);
      await scene.register(ofProtocol, { protocol, policy: { retry: QUICK_RULE } });
      ofProtocol.forEach((node, i) => receivers.behave(node, { status: statuses[i] ?? 0 }));
      nodes.push(...ofProtocol);
    }
    expect(await sender.sendFederated('event', nodes)).toBe(202);
    await scene.drained();
    expect(await sender.sendFederated('fullevent', nodes)).toBe(202);
    await scene.drained();

    const found = (await outcomesAt(database, nodes)).map(({ node, state, attempts }) => ({ node, state, attempts }));
    const finals = ['26-federated-401', '26-federated-404', '26-federated-410', '26-webhook-410'];
    const always = finals.filter((node) => node.endsWith('410'));
    expect(found).toEqual([
      ...nodes.map((node) => ({ node, state: 'frozen', attempts: always.includes(node) ? 1 : 2 })),
      ...nodes.map((node) => ({ node, state: 'frozen', attempts: finals.includes(node) ? 1 : 2 })),
    ]);
    const verdict = await scene.judge(nodes, { retry: QUICK_RULE });
    expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
    noteFinding({ row: '26', backEnd: backEnd.name, verdict, recovery: null });
  });
});

function refusal(status: number, value: string): Answer {
  return { status, headers: { 'retry-after': value } };
}
