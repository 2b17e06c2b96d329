import { describeBackEnds } from '#testkit';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { openScene, type Scene } from '../../faults/scene.ts';
import { outcomesAt } from '../../faults/stored-attempts.ts';

/** Seconds: nothing is tried again but when the test says so. */
const LONG_DELAY = 3_600;
const retry = (max: number) => ({ delay: { fixed: LONG_DELAY, progressive: 0 }, max });

printFindings();

describeBackEnds('the budget of a node is lowered', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    // Lanes of what the test makes due are found by the sweep.
    scene = await openScene(backEnd, { delivery: { interval: 1 } });
    await scene.startWorker();
  });
  afterAll(() => scene.close());

  const fallDue = (node: string) =>
    scene.database.pool.query(`UPDATE delivery SET due_at = now() WHERE node_id = $1 AND state = 'pending'`, [node]);

  test('row 42: what was tried more often than it may be now is frozen when next looked at, without a further request', async () => {
    const { receivers, sender, api, database } = scene;
    await scene.register(['lowered', 'other'], { policy: { retry: retry(5) } });
    receivers.behaveAll({ status: 500 });
    await sender.sendMany(3, ['lowered', 'other']);
    await scene.attempted(['lowered', 'other'], 1);
    for (const node of ['lowered', 'other']) await fallDue(node);
    await scene.attempted(['lowered', 'other'], 2);

    const body = { policy: { retry: retry(1) } };
    expect(await api.call('PATCH', '/api/v1/nodes/lowered', { body })).toMatchObject({ status: 200 });
    await fallDue('lowered');
    await scene.finished(['lowered']);
    const lowered = await outcomesAt(database, ['lowered']);
    expect(lowered.map(({ state, attempts }) => [state, attempts])).toEqual(lowered.map(() => ['frozen', 2]));
    expect(receivers.requestsOf('lowered')).toHaveLength(6);
    const others = await outcomesAt(database, ['other']);
    expect(others.map(({ state, attempts }) => [state, attempts])).toEqual(others.map(() => ['pending', 2]));

    receivers.behaveAll({});
    await fallDue('other');
    await scene.finished(['other']);
    // That what the test made due came before its time is the test's doing.
    const { violations, ...verdict } = await scene.judge(['lowered', 'other'], { retry: retry(5) });
    expect(violations.filter(({ kind }) => kind !== 'early')).toEqual([]);
    noteFinding({ row: '42', backEnd: backEnd.name, verdict, recovery: null });
  });
});
