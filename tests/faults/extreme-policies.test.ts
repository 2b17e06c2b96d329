import { POLICY_LIMITS } from '#core';
import { describeBackEnds } from '#testkit';
import { noteFinding, printFindings } from './findings.ts';
import { openScene, type Scene } from './scene.ts';
import { outcomesAt } from './stored-attempts.ts';

/** As JSON texts: most of these no JavaScript number can hold, or none may. */
const EXTREMES = ['0', '-1', '-0.5', '2147483648', '9007199254740992', '1e308', '1e400', 'NaN', '"text"', 'null', '[]'];

const MEMBERS: Record<string, (value: string) => string> = {
  batch: (value) => `{"batch": ${value}}`,
  timeout: (value) => `{"timeout": ${value}}`,
  concurrency: (value) => `{"concurrency": ${value}}`,
  'retry.delay.fixed': (value) => `{"retry": {"delay": {"fixed": ${value}}}}`,
  'retry.delay.progressive': (value) => `{"retry": {"delay": {"progressive": ${value}}}}`,
  'retry.max': (value) => `{"retry": {"max": ${value}}}`,
};

/** 0 is a value of these: no growth, and no end. */
const MAY_BE_ZERO = ['retry.delay.progressive', 'retry.max'];

printFindings();

describeBackEnds('row 43: a node with extreme settings', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd);
    await scene.startWorker();
    await scene.register(['extreme']);
  });
  afterAll(() => scene.close());

  test.each(Object.keys(MEMBERS))(
    '%s is refused outside of its limits, and the node stays as it was',
    async (member) => {
      const { api, receivers } = scene;
      const before = await api.call('GET', '/api/v1/nodes/extreme');
      const fields = `"name": "extreme", "protocol": "webhook", "url": "${receivers.urlOf('extreme')}"`;
      for (const value of EXTREMES) {
        if (value === '0' && MAY_BE_ZERO.includes(member)) continue;
        const policy = MEMBERS[member]?.(value) ?? '';
        const put = await api.call('PUT', '/api/v1/nodes/extreme', { body: `{${fields}, "policy": ${policy}}` });
        expect({ value, status: put.status }).toEqual({ value, status: 400 });
        // To PATCH null means to remove (RFC 7396).
        if (value === 'null') continue;
        const patch = await api.call('PATCH', '/api/v1/nodes/extreme', { body: `{"policy": ${policy}}` });
        expect({ value, status: patch.status }).toEqual({ value, status: 400 });
      }
      expect((await api.call('GET', '/api/v1/nodes/extreme')).body).toEqual(before.body);
    },
  );

  test('at the very limits a failure is never followed by an attempt at once', async () => {
    const { receivers, sender, database, api } = scene;
    const limit = (end: 0 | 1) => ({
      batch: POLICY_LIMITS.batch[end],
      timeout: POLICY_LIMITS.timeout[end],
      concurrency: POLICY_LIMITS.concurrency[end],
      retry: {
        delay: { fixed: POLICY_LIMITS.fixed[end], progressive: POLICY_LIMITS.progressive[end] },
        max: POLICY_LIMITS.max[end],
      },
    });
    await scene.register(['least'], { policy: limit(0) });
    await scene.register(['most'], { policy: limit(1) });
    receivers.behave('least', { status: 500 });
    receivers.behave('most', { status: 500 });
    await sender.sendMany(1, ['least', 'most']);
    await receivers.waitFor(20, 'least');
    expect(receivers.requestsOf('most')).toHaveLength(1);
    const [most] = await outcomesAt(database, ['most']);
    expect(most?.pause).toBeCloseTo(POLICY_LIMITS.fixed[1], 1);

    receivers.behave('least', {});
    await api.call('POST', '/api/v1/deliveries/cancel', { body: { filter: { node: 'most' } } });
    await scene.drained();
    // Two judgements, since each node has a rule of its own: no request came before its pause was over.
    const least = await scene.judge(['least'], { retry: { ...limit(0).retry } });
    expect(least).toEqual({ violations: [], lost: 0, duplicates: 0 });
    const verdict = await scene.judge(['most'], { retry: { ...limit(1).retry } });
    expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
    noteFinding({ row: '43', backEnd: backEnd.name, verdict: least, recovery: null });
  });
});
