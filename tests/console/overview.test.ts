import { createClient, type Client } from '#client';
import { startNight, PASSWORD, type Night } from './night.ts';

// What the console reads, as the API answers it: through the client, on a system in trouble.

let night: Night;
let client: Client;
beforeAll(async () => {
  night = await startNight(5);
  client = createClient({ url: night.system.url, credentials: { username: 'admin', password: PASSWORD } });
}, 120_000);
afterAll(() => night.end());

test('a node that refuses is failing, since when and why, and what is frozen there is counted', async () => {
  expect(await client.overview.node('customs')).toMatchObject({
    health: 'failing',
    backlog: 0,
    frozen: 5,
    lastStatus: 503,
    lastOutcome: 'http-error',
    failingSince: expect.any(String),
    lastSuccessAt: null,
    policy: { retry: { delay: { fixed: 1, progressive: 1 }, max: 1 } },
  });
});

test('a node that waits for its next attempt tells when', async () => {
  const { nextAttemptAt, backlog } = await client.overview.node('carrier');
  const [delivery] = (await client.deliveries.list({ node: 'carrier' })).items;
  expect([nextAttemptAt, backlog]).toEqual([delivery?.dueAt, 1]);
});

test('nodes are listed in the order of their ids, page by page', async () => {
  const first = await client.overview.nodes({ limit: 2 });
  const rest = await client.overview.nodes({ limit: 10, ...(first.next !== null && { cursor: first.next }) });
  expect([...first.items, ...rest.items].map(({ id, health }) => `${id} ${health}`)).toEqual([
    'carrier failing',
    'customs failing',
    'forwarder paused',
    'terminal healthy',
    'warehouse healthy',
  ]);
});

test('what is frozen is grouped by node and reason', async () => {
  const { total, groups } = await client.overview.frozen();
  expect(total).toBe(5);
  expect(groups).toEqual([expect.objectContaining({ node: 'customs', status: 503, count: 5 })]);
  const error = groups[0]?.error ?? '';
  expect(await client.deliveries.replay({ filter: { state: 'frozen', node: 'customs', error }, dryRun: true })).toBe(5);
  expect(
    await client.deliveries.replay({ filter: { state: 'frozen', node: 'customs', error: `${error}?` }, dryRun: true }),
  ).toBe(0);
});

test('a reason is looked for among frozen ones only', async () => {
  const { status, body } = await night.system.call('GET', '/api/v1/deliveries?error=x&state=delivered');
  expect([status, body]).toEqual([
    400,
    expect.objectContaining({ errors: [expect.objectContaining({ path: 'error' })] }),
  ]);
});

test('the worst comes first', async () => {
  const concerns = await client.overview.attention();
  expect(concerns.map(({ severity, kind, node }) => `${severity} ${kind} ${node}`)).toEqual([
    'critical failing carrier',
    'warning frozen customs',
    'warning failing customs',
  ]);
});

test('the worker tells of itself', async () => {
  expect(await client.overview.fleet()).toEqual([
    expect.objectContaining({
      alive: true,
      slots: 16,
      id: expect.stringMatching(/:\d+$/),
      version: expect.stringMatching(/^\d/),
    }),
  ]);
});

test('the series of a node and of all tell what happened', async () => {
  const sumOf = async (node?: string) => {
    const { points, step } = await client.overview.series({ period: 900, ...(node !== undefined && { node }) });
    const sum = (kind: 'queued' | 'delivered' | 'failed' | 'frozen') =>
      points.reduce((total, point) => total + point[kind], 0);
    return [step, points.length, sum('queued'), sum('delivered'), sum('failed'), sum('frozen')];
  };
  expect(await sumOf()).toEqual([60, 15, 7, 1, 6, 5]);
  expect(await sumOf('customs')).toEqual([60, 15, 5, 0, 5, 5]);
});

test.each(['899', '2592001', 'x', '-1'])('a period of %s seconds is refused', async (period) => {
  expect((await night.system.call('GET', `/api/v1/overview/series?period=${period}`)).status).toBe(400);
});

test('who listens is told that something changed', async () => {
  const { body, headers } = await fetch(`${night.system.url}/api/v1/changes`, {
    headers: { authorization: await bearer() },
  });
  if (body === null) throw new Error('no stream');
  expect(headers.get('content-type')).toMatch(/^text\/event-stream/);
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let heard = '';
  for (let sent = false; !heard.includes('event: changed'); sent = true) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the stream ended, and had said ${JSON.stringify(heard)}`);
    heard += value;
    if (!sent) await night.system.call('POST', '/api/v1/nodes/warehouse/pause');
  }
  expect(heard).toMatch(/data: \{"overview":true,"nodes":true,.*"logged":true/);
  await reader.cancel();
});

async function bearer(): Promise<string> {
  const login = new URLSearchParams({ grant_type: 'password', username: 'admin', password: PASSWORD });
  const answer = await fetch(`${night.system.url}/api/v1/token`, { method: 'POST', body: login });
  return `Bearer ${((await answer.json()) as { access_token: string }).access_token}`;
}
