import { startTestNode, type ReceivedRequest, type TestNode } from '#testkit';
import { startCli, type CliRun, type CliSetting } from '../cli-under-test.ts';

let api: TestNode;

beforeAll(async () => {
  api = await startTestNode();
});
afterAll(() => api.close());
beforeEach(() => api.clear());

const json = (body: unknown, status = 200) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

function start(args: readonly string[], setting: CliSetting = {}): CliRun {
  return startCli(args, { ...setting, env: { ORCHESTRATOR_URL: api.url, ORCHESTRATOR_API_KEY: 'pyc_key' } });
}

async function cli(args: readonly string[], setting: CliSetting = {}) {
  const run = start(args, setting);
  const status = await run.ended;
  return { status, stdout: run.stdout(), stderr: run.stderr() };
}

const requested = () => api.requests.map(({ method, path }) => `${method} ${path}`);
const bodyOf = (request: ReceivedRequest | undefined) => JSON.parse(String(request?.body)) as Record<string, unknown>;

describe('a replay of many', () => {
  const delivery = (id: number, state = 'frozen') => ({ id: String(id), node: 'n', state });
  const pages: Record<string, unknown> = {
    '/api/v1/deliveries?state=frozen&node=n&limit=500': {
      items: Array.from({ length: 500 }, (_, i) => delivery(1_000 - i)),
      next: 'more',
    },
    '/api/v1/deliveries?state=frozen&node=n&limit=500&cursor=more': { items: [delivery(7), delivery(6)], next: null },
  };
  const answer = (request: ReceivedRequest) => {
    if (request.method === 'GET') return json(pages[request.path]);
    const { ids, dryRun } = bodyOf(request);
    return json({ count: dryRun === true ? 502 : (ids as string[]).length });
  };

  test('goes in steps through what there is, and shows how far it has come on a terminal', async () => {
    api.answer(answer);
    const { status, stdout, stderr } = await cli(['delivery', 'replay', '--node', 'n'], { isTTY: true });
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'Pending again: 502.\n' });
    expect(stderr).toContain(`[${'#'.repeat(30)}] 500 of 502`);
    expect(stderr).toContain('502 of 502');
    expect(stderr.endsWith('\u001b[K')).toBe(true);
    const changes = api.requests.filter(({ method }) => method === 'POST').map(bodyOf);
    expect(changes.map(({ ids, dryRun }) => [(ids as string[] | undefined)?.length, dryRun])).toEqual([
      [undefined, true],
      [500, false],
      [2, false],
    ]);
  });

  test('shows no bar where stderr is no terminal', async () => {
    api.answer(answer);
    expect(await cli(['delivery', 'replay', '--node', 'n'])).toMatchObject({ stderr: '' });
  });

  test('passes over what has another state, as a cancellation does', async () => {
    const items = [delivery(3, 'delivered'), delivery(2, 'pending'), delivery(1)];
    api.answer(({ method }) => json(method === 'GET' ? { items, next: null } : { count: 2 }));
    await cli(['delivery', 'cancel', '--node', 'n']);
    expect(requested()[1]).toBe('GET /api/v1/deliveries?node=n&limit=500');
    expect(bodyOf(api.requests.at(-1))).toEqual({ ids: ['2', '1'], dryRun: false });
  });
});

describe('user', () => {
  const ann = { id: 'u1', username: 'ann', role: 'viewer' };

  test('list shows who there is', async () => {
    api.answer(json({ items: [ann], next: null }));
    expect((await cli(['user', 'list'])).stdout).toBe('USER  ROLE    ID\nann   viewer  u1\n');
  });

  test('create makes a password up that is shown once, and another one each time', async () => {
    api.answer(json(ann, 201));
    const [first, second] = [
      await cli(['user', 'create', 'ann', '--role', 'viewer']),
      await cli(['user', 'create', 'ann', '--role', 'viewer']),
    ];
    const [one, two] = api.requests.map(bodyOf);
    expect(one).toMatchObject({
      username: 'ann',
      role: 'viewer',
      password: expect.stringMatching(/^[\w-]{20}$/) as string,
    });
    expect(first.stdout).toContain(`password  ${String(one?.['password'])} (shown this once)\n`);
    expect(second.stdout).not.toContain(String(one?.['password']));
    expect(two?.['password']).not.toBe(one?.['password']);
  });

  test('create takes a password from stdin, without its line end, and does not show it', async () => {
    api.answer(json(ann, 201));
    const { stdout } = await cli(['user', 'create', 'ann', '--role', 'viewer', '--password-stdin'], {
      stdin: 'pass word\n',
    });
    expect(bodyOf(api.requests[0])).toEqual({ username: 'ann', role: 'viewer', password: 'pass word' });
    expect(stdout).not.toContain('pass word');
  });

  test('change and delete know a user by the name', async () => {
    api.answer(({ method }) => (method === 'GET' ? json({ items: [ann], next: null }) : json(ann)));
    expect((await cli(['user', 'change', 'ann', '--role', 'admin', '--rename', 'anna'])).status).toBe(0);
    expect(bodyOf(api.requests.at(-1))).toEqual({ role: 'admin', username: 'anna' });
    expect((await cli(['user', 'delete', 'ann'])).stdout).toBe('ann is deleted.\n');
    expect(requested().filter((line) => !line.startsWith('GET'))).toEqual([
      'PATCH /api/v1/users/u1',
      'DELETE /api/v1/users/u1',
    ]);
    expect(await cli(['user', 'delete', 'bob'])).toMatchObject({
      status: 1,
      stderr: 'error: there is no user bob; user list shows who there is\n',
    });
  });

  test.each([
    [[], 'expected something to change'],
    [['--new-password', '--password-stdin'], 'got both'],
  ])('change with %j is wrong usage', async (args, problem) => {
    const { status, stderr } = await cli(['user', 'change', 'ann', ...args]);
    expect(status).toBe(2);
    expect(stderr).toContain(problem);
  });
});

describe('node', () => {
  test('ping tells what came back, and by its status whether it was a success', async () => {
    api.answer(json({ outcome: 'success', status: 204, duration: 3.4, error: null, body: null }));
    expect(await cli(['node', 'ping', 'n'])).toMatchObject({
      status: 0,
      stdout: 'outcome   success\nstatus    204\nduration  3 ms\n',
    });
    api.answer(json({ outcome: 'timeout', status: null, duration: 5_000, error: 'no answer', body: null }));
    expect(await cli(['node', 'ping', 'n'])).toMatchObject({ status: 1 });
  });

  test('rotate-secret shows the new secret once, and until when both sign', async () => {
    api.answer(json({ secret: 'whsec_x', previousUntil: '2026-03-03T12:00:00.000Z' }));
    const { stdout } = await cli(['node', 'rotate-secret', 'n', '--overlap', '60']);
    expect(bodyOf(api.requests[0])).toEqual({ overlap: 60 });
    expect(stdout).toContain('whsec_x (shown this once)');
    expect(stdout).toContain('signs too until 2026-03-03T12:00:00Z');
  });
});

describe('log --follow', () => {
  const record = (id: number) => ({
    id: String(id),
    at: `2026-03-02T12:00:0${id}.000Z`,
    actor: 'user:ann',
    action: 'node.paused',
    node: 'n',
    message: null,
    detail: null,
  });

  test('shows the last records, then each that comes once, oldest first, and ends well with Ctrl-C', async () => {
    const looks = [
      [2, 1],
      [4, 3, 2],
      [4, 3],
      [5, 4],
    ];
    api.answer(() => json({ items: (looks.shift() ?? [5]).map(record), next: null }));
    const run = start(['log', '--follow', '--interval', '0', '--node', 'n']);
    await run.printed('12:00:05Z');
    run.interrupt();
    expect(await run.ended).toBe(0);
    const times = [...run.stdout().matchAll(/12:00:0(\d)Z {2}user:ann {2}node\.paused {2}n\n/g)].map(
      ([, second]) => second,
    );
    expect(times).toEqual(['1', '2', '3', '4', '5']);
    // Looked at again a little back in time: a record may become visible late.
    expect(requested()[1]).toBe('GET /api/v1/log?node=n&since=2026-03-02T11%3A59%3A52.000Z&limit=500');
  });

  test('shows one JSON document a line to a script', async () => {
    api.answer(json({ items: [record(1)], next: null }));
    const run = start(['log', '--follow', '--json']);
    await run.printed('\n');
    run.interrupt();
    await run.ended;
    expect(JSON.parse(run.stdout())).toEqual(record(1));
  });

  test('ends with what went wrong, and does not take an end', async () => {
    api.answer([
      json({ items: [], next: null }),
      json({ type: 'urn:problem:unauthenticated', status: 401, detail: 'd' }, 401),
    ]);
    expect(await cli(['log', '--follow', '--interval', '0'])).toMatchObject({ status: 1 });
    expect(await cli(['log', '--follow', '--until', '1h'])).toMatchObject({ status: 2 });
  });
});
