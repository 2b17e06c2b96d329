import { request } from 'node:http';
import { startTestPostgres, type TestPostgres } from '#testkit';
import { startCli, type CliRun } from '../../apps/cli/cli-under-test.ts';
import { freshId, startSystem, type TestSystem } from '../system/index.ts';

let postgres: TestPostgres;
let system: TestSystem;
let runs: CliRun[] = [];

beforeAll(async () => {
  postgres = await startTestPostgres();
  system = await startSystem({ databaseUrl: postgres.url, queueUrl: 'database' });
});

afterEach(async () => {
  for (const run of runs) run.interrupt();
  await Promise.all(runs.map(({ ended }) => ended));
  runs = [];
});

afterAll(async () => {
  await system.stop();
  await postgres.stop();
});

function cli(...args: readonly string[]): CliRun {
  const env = { ORCHESTRATOR_URL: system.url, ORCHESTRATOR_PASSWORD: 'only for the tests' };
  const run = startCli(args, { env });
  runs.push(run);
  return run;
}

async function listen(id: string, ...args: readonly string[]): Promise<CliRun> {
  const run = cli('listen', '--id', id, ...args);
  await run.printed('Ctrl-C ends it.');
  return run;
}

/** Ctrl-C. */
function stop(run: CliRun): Promise<number> {
  run.interrupt();
  return run.ended;
}

const send = (origin: string, to: string, ...args: readonly string[]) =>
  cli('message', 'send', '--type', 'container.gate-in', '--origin', origin, '--to', to, ...args).ended;

const addressOf = (run: CliRun) => /http:\/\/127\.0\.0\.1:\d+/.exec(run.stdout())?.[0] ?? '';

test('a node of one own gets what is sent to it, verified, and goes when it is told to', async () => {
  const id = freshId('webhook');
  const listening = await listen(id, '--unregister');
  expect(await send(id, id, '--data', '{"weight":19.000}')).toBe(0);
  await listening.printed('"weight": 19.000');
  expect(listening.stdout()).toContain(`container.gate-in from ${id}\n`);
  expect(listening.stdout()).toContain('17 bytes of application/json, signature ok, answered 200\n');
  expect(await stop(listening)).toBe(0);
  expect(listening.stdout()).toContain(`${id} is deleted.`);
  expect((await system.call('GET', `/api/v1/nodes/${id}`)).status).toBe(404);
});

test('a FEDeRATED node of one own gets what its subscription matches, with its credentials', async () => {
  const id = freshId('federated');
  const did = `did:web:${id}.example`;
  const options = [
    '--protocol',
    'federated',
    '--did',
    did,
    '--subscribe',
    `${id}.>`,
    '--auth',
    'api-key:x-node-key:open',
  ];
  const listening = await listen(id, ...options);
  expect(listening.stdout()).toContain(`${id} (${did}) listens at http://127.0.0.1:`);
  expect(await cli('message', 'send', '--type', `${id}.arrived`, '--origin', id, '--data', '"hello"').ended).toBe(0);
  await listening.printed('"hello"');
  expect(listening.stdout()).toContain(`event (${id}.arrived) from ${did}\n`);
  expect(listening.stdout()).not.toContain('open');
});

test('a node in trouble is played, and the repeats are told', async () => {
  const id = freshId('trouble');
  const listening = await listen(id, '--status', '500', '--delay', '0.01');
  await send(id, id, '--data', '1');
  await listening.printed('which has been here before');
  expect(listening.stdout()).toContain('signature ok, answered 500\n');
});

test('with --key one sends as the node, until it ends', async () => {
  const id = freshId('sender');
  const listening = await listen(id, '--key');
  const key = /x-api-key: (pyc_\S+)/.exec(listening.stdout())?.[1] ?? '';
  const { id: message } = await system.send(key, { destinations: [id] });
  await listening.printed(message);
  await stop(listening);
  expect(await system.call('GET', `/api/v1/nodes/${id}/keys`)).toMatchObject({ body: { items: [] } });
});

test('a node that listens again gets what has waited for it', async () => {
  const id = freshId('again');
  const first = await listen(id, '--did', `did:web:${id}.example`);
  await stop(first);
  expect(first.stdout()).toContain(`${id} stays registered`);
  await send(id, id, '--data', '"waited"');
  const second = await listen(id);
  await second.printed('"waited"');
  expect(second.stdout()).toContain(`${id} (did:web:${id}.example) listens`);
  expect(addressOf(second)).not.toBe(addressOf(first));
});

test('a node that is somewhere else is not taken over by mistake', async () => {
  const id = freshId('elsewhere');
  await system.call('PUT', `/api/v1/nodes/${id}`, { body: { url: 'https://node.example', protocol: 'webhook' } });
  const refused = cli('listen', '--id', id);
  expect(await refused.ended).toBe(1);
  expect(refused.stderr()).toContain(`the node ${id} is at https://node.example`);
  expect(await system.call('GET', `/api/v1/nodes/${id}`)).toMatchObject({ body: { url: 'https://node.example' } });
  expect(addressOf(await listen(id, '--replace'))).not.toBe('');
});

test('a port that is taken is told', async () => {
  const taken = await listen(freshId('first'));
  const refused = cli('listen', '--id', freshId('second'), '--port', new URL(addressOf(taken)).port);
  expect(await refused.ended).toBe(1);
  expect(refused.stderr()).toContain('is taken: take another --port');
});

test('what the orchestrator did not sign is refused', async () => {
  const listening = await listen(freshId('guarded'));
  const status = await new Promise((resolve, reject) => {
    const sent = request(addressOf(listening), { method: 'POST' }, (response) => resolve(response.resume().statusCode));
    sent.on('error', reject).end('forged');
  });
  expect(status).toBe(401);
  await listening.printed('signature wrong: expected the headers webhook-id');
});

test('a script reads what arrives line by line', async () => {
  const id = freshId('script');
  const listening = cli('listen', '--id', id, '--json');
  await listening.printed('"listening"');
  await send(id, id, '--data', '{"a":1}');
  await listening.printed('"arrived"');
  await stop(listening);
  const events = listening
    .stdout()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(events).toMatchObject([
    { event: 'listening', node: { id } },
    {
      event: 'arrived',
      ok: true,
      status: 200,
      type: 'container.gate-in',
      origin: id,
      payload: '{"a":1}',
      isRepeat: false,
    },
    { event: 'stopped' },
  ]);
  expect(listening.stdout()).not.toContain('whsec_');
});
