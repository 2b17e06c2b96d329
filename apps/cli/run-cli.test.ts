import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestNode, type TestNode } from '#testkit';
import { startCli, type CliSetting } from './cli-under-test.ts';

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

async function cli(args: readonly string[], setting: CliSetting = {}) {
  const env = { ORCHESTRATOR_URL: api.url, ORCHESTRATOR_API_KEY: 'pyc_key', ...setting.env };
  const run = startCli(args, { ...setting, env });
  const status = await run.ended;
  return { status, stdout: run.stdout(), stderr: run.stderr() };
}

const requested = () => api.requests.map(({ method, path }) => `${method} ${path}`);
const lastBody = () => JSON.parse(String(api.requests.at(-1)?.body)) as unknown;

const node = {
  id: 'customs',
  did: 'did:web:customs.example',
  name: 'Customs',
  url: 'https://customs.example',
  protocol: 'federated',
  auth: { type: 'api-key', header: 'x-customs' },
  ordering: 'none',
  paused: true,
  subscriptions: ['container.>'],
  policy: {},
};

const delivery = {
  id: '7',
  node: 'customs',
  state: 'frozen',
  attempts: 4,
  dueAt: null,
  lastStatus: 500,
  lastError: 'answered 500',
  deliveredAt: null,
  frozenAt: '2026-03-02T12:00:00.123Z',
};

const message = {
  id: 'm1',
  senderId: 's1',
  type: 'event',
  origin: 'carrier',
  contentType: 'application/json',
  size: 1001,
  digest: 'ab',
  unrouted: false,
  createdAt: '2026-03-02T11:00:00.5Z',
  deliveries: [delivery, { ...delivery, state: 'delivered' }, { ...delivery, state: 'delivered' }],
};

describe('what a person sees', () => {
  test('nodes in columns', async () => {
    api.answer(json({ items: [node], next: null }));
    const { status, stdout, stderr } = await cli(['node', 'list']);
    expect(stdout).toBe(
      [
        'ID       PROTOCOL   ADDRESS                  DID                      STATE   SUBSCRIBED TO',
        'customs  federated  https://customs.example  did:web:customs.example  paused  container.>',
        '',
      ].join('\n'),
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(requested()).toEqual(['GET /api/v1/nodes?limit=50']);
  });

  test('one node as fields', async () => {
    api.answer(json(node));
    const { stdout } = await cli(['node', 'show', 'customs']);
    expect(stdout).toContain('auth           api-key in x-customs\n');
    expect(stdout).not.toContain('policy');
  });

  test('how many of the deliveries of a message are in which state', async () => {
    api.answer(json({ items: [message, { ...message, unrouted: true, deliveries: [] }], next: null }));
    const { stdout } = await cli(['message', 'list']);
    expect(stdout).toContain('2026-03-02T11:00:00Z  2 delivered, 1 frozen\n');
    expect(stdout).toContain('2026-03-02T11:00:00Z  unrouted\n');
  });

  test('a message with its deliveries and attempts', async () => {
    const attempt = {
      node: 'customs',
      number: 4,
      startedAt: '2026-03-02T11:00:00Z',
      duration: 3.4,
      outcome: 'http-error',
    };
    const failed = { ...attempt, status: 500, error: 'answered 500', body: 'out of\norder\n' };
    api.answer(({ path }) => json(path.includes('/attempts') ? { items: [failed], next: null } : message));
    const { stdout } = await cli(['message', 'show', 'm1']);
    expect(stdout).toContain('content    1001 bytes of application/json\n');
    expect(stdout).toContain('7         customs  frozen     4         2026-03-02T12:00:00Z  500     answered 500\n');
    expect(stdout).toContain(
      'customs  4        2026-03-02T11:00:00Z  3   500     http-error  answered 500  out of\\u{a}order\n',
    );
  });

  test('how the system stands', async () => {
    api.answer(
      json({
        deliveries: { pending: 12, delivered: 100, frozen: 1, cancelled: 0 },
        nodes: [{ node: 'customs', backlog: 12, oldestDueAge: 7_200 }],
        rates: { accepted: 1.25, delivered: 40.2, frozen: 0 },
        workers: [],
      }),
    );
    const { stdout } = await cli(['status']);
    expect(stdout).toContain('pending    12\n');
    expect(stdout).toContain('accepted   1.25/s, 375 in 5 min\n');
    // What the system counts back at most was more than in five minutes: their number is not known.
    expect(stdout).toContain('delivered  40/s\n');
    expect(stdout).toContain('customs  12       2 h\n');
    expect(stdout).toContain('No workers: nothing is being delivered.');
  });

  test('that a list is empty', async () => {
    api.answer(json({ items: [], next: null }));
    expect((await cli(['node', 'list'])).stdout).toMatch(/^No nodes\./);
    expect((await cli(['delivery', 'list'])).stdout).toBe('No deliveries.\n');
  });

  test('no control characters that someone else put there', async () => {
    api.answer(json({ ...node, name: '\u001b[2Jcleared\u202e' }));
    const { stdout } = await cli(['node', 'show', 'customs']);
    expect(stdout).toContain('\\u{1b}[2Jcleared\\u{202e}');
    for (const character of ['\u001b', '\u202e']) expect(stdout).not.toContain(character);
  });
});

describe('what a script gets', () => {
  test.each([[['--json', 'node', 'list']], [['node', 'list', '--json']]])('%j is JSON', async (args) => {
    api.answer(json({ items: [node], next: null }));
    expect(JSON.parse((await cli(args)).stdout)).toEqual([node]);
  });

  test('a new key alone on stdout', async () => {
    api.answer(json({ id: 'k1', name: 'n', key: 'pyc_new' }, 201));
    const { stdout, stderr } = await cli(['key', 'create', 'carrier', '--name', 'n']);
    expect(stdout).toBe('pyc_new\n');
    expect(stderr).toContain('key delete carrier k1 revokes it');
    expect(stderr).not.toContain('pyc_new');
    expect(lastBody()).toEqual({ name: 'n' });
  });
});

describe('a list', () => {
  const pages = (count: number) => {
    const items = Array.from({ length: count }, (_, i) => ({ ...node, id: `n${i}` }));
    api.answer(({ path }) => {
      const query = new URL(path, api.url).searchParams;
      const from = Number(query.get('cursor') ?? 0);
      const to = from + Number(query.get('limit'));
      return json({ items: items.slice(from, to), next: to < count ? String(to) : null });
    });
  };

  test('shows fifty, and says that there are more', async () => {
    pages(51);
    const { stdout, stderr } = await cli(['node', 'list', '--json']);
    expect(JSON.parse(stdout)).toHaveLength(50);
    expect(stderr).toBe('There are more than these 50: --limit or --all shows them.\n');
  });

  test('of more than a page is put together', async () => {
    pages(1_200);
    expect(JSON.parse((await cli(['node', 'list', '--json', '--limit', '700'])).stdout)).toHaveLength(700);
    expect(requested()).toEqual(['GET /api/v1/nodes?limit=500', 'GET /api/v1/nodes?limit=200&cursor=500']);
    const { stdout, stderr } = await cli(['node', 'list', '--json', '--all']);
    expect(JSON.parse(stdout)).toHaveLength(1_200);
    expect(stderr).toBe('');
  });

  test('is filtered by state, node, message and time', async () => {
    pages(0);
    const now = new Date('2026-03-02T12:00:00Z');
    await cli(
      [
        'delivery',
        'list',
        '--state',
        'frozen',
        '--node',
        'a b',
        '--message',
        'm',
        '--since',
        '2h',
        '--until',
        '2026-03-02',
      ],
      { now },
    );
    const query = new URL(api.requests[0]?.path ?? '', api.url).searchParams;
    expect(Object.fromEntries(query)).toEqual({
      state: 'frozen',
      node: 'a b',
      message: 'm',
      since: '2026-03-02T10:00:00.000Z',
      until: '2026-03-02T00:00:00.000Z',
      limit: '50',
    });
  });
});

describe('node put', () => {
  test('sends what the options say, and nothing else', async () => {
    api.answer(json(node, 201));
    const options = ['--did', 'did:web:c', '--auth', 'basic:me:a:b', '--subscribe', 'a.>', '--subscribe', 'b'];
    await cli([
      'node',
      'put',
      'customs',
      'https://c.example',
      '--protocol',
      'webhook',
      ...options,
      '--policy',
      '{"timeout": 5}',
    ]);
    expect(requested()).toEqual(['PUT /api/v1/nodes/customs']);
    expect(lastBody()).toEqual({
      url: 'https://c.example',
      protocol: 'webhook',
      ordering: 'none',
      did: 'did:web:c',
      auth: { type: 'basic', username: 'me', password: 'a:b' },
      subscriptions: ['a.>', 'b'],
      policy: { timeout: 5 },
    });
  });

  test('makes a secret when asked to, and shows it', async () => {
    api.answer(json(node, 201));
    const { stdout } = await cli([
      'node',
      'put',
      'customs',
      'https://c.example',
      '--protocol',
      'webhook',
      '--new-secret',
    ]);
    const { secret } = lastBody() as { secret: string };
    expect(Buffer.from(secret.slice('whsec_'.length), 'base64')).toHaveLength(32);
    expect(stdout).toContain(`${secret} (shown this once)`);
  });
});

test.each([
  [['node', 'delete', 'n'], 'DELETE /api/v1/nodes/n'],
  [['node', 'pause', 'n'], 'POST /api/v1/nodes/n/pause'],
  [['node', 'resume', 'n'], 'POST /api/v1/nodes/n/resume'],
  [['key', 'list', 'n'], 'GET /api/v1/nodes/n/keys?limit=50'],
  [['key', 'delete', 'n', 'k'], 'DELETE /api/v1/nodes/n/keys/k'],
  [['purge'], 'POST /api/v1/purge'],
  [['log', '--node', 'n'], 'GET /api/v1/log?node=n&limit=50'],
])('%j makes the call %s', async (args, call) => {
  api.answer(json({ items: [], next: null }));
  expect(await cli(args)).toMatchObject({ status: 0, stderr: '' });
  expect(requested()).toEqual([call]);
});

describe('message send', () => {
  beforeEach(() => api.answer(json({ id: 'm1', deliveries: [{ node: 'customs', state: 'pending' }] }, 202)));

  test('sends the bytes of a file as they are', async () => {
    const file = join(__dirname, '../../samples/minimal-event.json');
    const { stdout } = await cli([
      'message',
      'send',
      file,
      '--type',
      't',
      '--to',
      'customs',
      '--id',
      'mine',
      '--origin',
      'o',
    ]);
    expect(requested()).toEqual(['POST /api/v1/messages']);
    const { payloadBase64, ...rest } = lastBody() as { payloadBase64: string };
    expect(rest).toEqual({
      type: 't',
      contentType: 'application/json',
      destinations: ['customs'],
      id: 'mine',
      origin: 'o',
    });
    expect(Buffer.from(payloadBase64, 'base64')).toHaveLength(1001);
    expect(stdout).toContain('customs  pending');
  });

  test('sends standard input, and what is not JSON as bytes', async () => {
    await cli(['message', 'send', '-', '--type', 't'], { stdin: 'no JSON' });
    const payloadBase64 = Buffer.from('no JSON').toString('base64');
    expect(lastBody()).toEqual({ type: 't', contentType: 'application/octet-stream', payloadBase64 });
  });

  test('sends as a node where both its key and a user are named, unless the user is named on the line', async () => {
    const args = ['message', 'send', '--type', 't', '--data', '1'];
    await cli(args, { env: { ORCHESTRATOR_PASSWORD: 'p' } });
    expect(api.requests[0]?.headers).toMatchObject({ 'x-api-key': 'pyc_key' });
    api.clear();
    api.answer(json({ access_token: 't', expires_in: 3_600, id: 'm1', deliveries: [] }));
    await cli([...args, '--username', 'op', '--password', 'p']);
    expect(String(api.requests[0]?.body)).toBe('grant_type=password&username=op&password=p');
  });

  test.each([
    [[], 'expected a file or --data, got neither'],
    [['f', '--data', 'x'], 'expected a file or --data, got both'],
  ])('with %j is wrong usage', async (args, problem) => {
    const { status, stderr } = await cli(['message', 'send', '--type', 't', ...args]);
    expect({ status, stderr }).toEqual({ status: 2, stderr: `error: ${problem}\n` });
  });

  test('says which file can not be read', async () => {
    const { status, stderr } = await cli(['message', 'send', '/no/such/file', '--type', 't']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: \/no\/such\/file can not be read \(ENOENT\)/);
  });
});

describe('delivery replay and cancel', () => {
  beforeEach(() => api.answer(json({ count: 3 })));

  test('take ids', async () => {
    expect((await cli(['delivery', 'replay', '1', '2'])).stdout).toBe('Pending again: 3.\n');
    expect(lastBody()).toEqual({ ids: ['1', '2'], dryRun: false, includeDelivered: false });
  });

  test('take a filter, and only count when asked to', async () => {
    const { stdout } = await cli([
      'delivery',
      'replay',
      '--node',
      'n',
      '--since',
      '2026-03-02',
      '--dry-run',
      '--include-delivered',
    ]);
    expect(stdout).toBe('Would be pending again: 3.\n');
    const filter = { node: 'n', since: '2026-03-02T00:00:00.000Z' };
    expect(lastBody()).toEqual({ filter, dryRun: true, includeDelivered: true });
  });

  test('take everything only when that is said', async () => {
    expect(await cli(['delivery', 'cancel'])).toMatchObject({ status: 2, stdout: '' });
    expect(api.requests).toHaveLength(0);
    api.answer(({ method }) => json(method === 'GET' ? { items: [delivery], next: null } : { count: 1 }));
    expect((await cli(['delivery', 'cancel', '--all'])).stdout).toBe('Cancelled: 1.\n');
    expect(lastBody()).toEqual({ ids: ['7'], dryRun: false });
  });

  test('do not take ids together with a filter', async () => {
    const { status, stderr } = await cli(['delivery', 'replay', '1', '--state', 'frozen']);
    expect({ status, stderr }).toEqual({ status: 2, stderr: 'error: expected ids or a filter, got both\n' });
  });
});

describe('wrong usage ends with 2, and says what was expected', () => {
  test.each([
    [['nodes'], "unknown command 'nodes'"],
    [['node', 'shwo', 'x'], 'Did you mean show?'],
    [['node', 'show'], "missing required argument 'id'"],
    [['node', 'list', '--limit', '0'], 'expected a whole number from 1'],
    [['delivery', 'list', '--state', 'lost'], 'pending, delivered, frozen, cancelled'],
    [['delivery', 'list', '--since', 'yesterday'], 'expected a moment'],
    [['node', 'put', 'n', 'http://x'], "'--protocol <protocol>' not specified"],
    [['node', 'put', 'n', 'http://x', '--protocol', 'webhook', '--auth', 'basic:x'], 'basic:USERNAME:PASSWORD'],
    [['node', 'put', 'n', 'http://x', '--protocol', 'webhook', '--policy', '[]'], 'expected a JSON object'],
    [['--url', 'localhost', 'stats'], '--url: expected an address'],
  ])('%j', async (args, problem) => {
    const { status, stdout, stderr } = await cli(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(problem);
    expect(api.requests).toHaveLength(0);
  });

  test('without credentials', async () => {
    const { status, stderr } = await cli(['stats'], { env: { ORCHESTRATOR_API_KEY: '' } });
    expect(status).toBe(2);
    expect(stderr).toContain('set ORCHESTRATOR_PASSWORD');
  });

  test('but asking for help is none', async () => {
    const { status, stdout } = await cli(['--help']);
    expect(status).toBe(0);
    expect(stdout).toContain('ORCHESTRATOR_API_KEY');
  });
});

describe('a failure ends with 1, and says what to do', () => {
  const problem = (status: number, code: string, more: object = {}) => ({
    ...json({ type: `urn:problem:${code}`, status, detail: 'the detail', ...more }, status),
  });

  test('with each thing that is wrong', async () => {
    api.answer(problem(422, 'unknown-node', { errors: [{ path: 'destinations[0]', message: 'nobody\u0007' }] }));
    const { status, stdout, stderr } = await cli(['message', 'send', '--type', 't', '--data', '1', '--to', 'x']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toBe('error: the detail (422 unknown-node)\n  destinations[0]: nobody\\u{7}\n');
  });

  test('when the password is wrong', async () => {
    api.answer(problem(401, 'wrong-credentials'));
    const { status, stderr } = await cli(['stats', '--password', 'guessed']);
    expect(status).toBe(1);
    expect(stderr).toContain('set ORCHESTRATOR_USERNAME and ORCHESTRATOR_PASSWORD');
    expect(stderr).not.toContain('guessed');
  });

  test('when nobody listens', async () => {
    const { status, stderr } = await cli(['node', 'delete', 'n', '--url', 'http://127.0.0.1:1']);
    expect(status).toBe(1);
    expect(stderr).toContain('error: http://127.0.0.1:1 does not answer (ECONNREFUSED)\nstart it with npm start');
  });
});

describe('config check', () => {
  let root: string;
  const check = async (text: string) => {
    await writeFile(join(root, 'config/application.yaml'), text);
    return cli(['config', 'check'], { root });
  };

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'orchestrator-cli-'));
    await mkdir(join(root, 'config'));
  });
  afterAll(() => rm(root, { recursive: true }));

  test('says that all is well', async () => {
    const { status, stdout } = await check('');
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: `${root}/config/application.yaml: the configuration is fine\n`,
    });
  });

  test('names every problem on stderr, and ends with 78', async () => {
    const { status, stdout, stderr } = await check('delivery:\n  bach: 1\n  batch: 0\n');
    expect({ status, stdout }).toEqual({ status: 78, stdout: '' });
    expect(stderr).toContain('delivery.bach: unknown, did you mean delivery.batch?\n');
    expect(stderr).toContain(':3: delivery.batch: expected a whole number');
  });

  test('looks where PYC_ROOT and PYC_CONFIG say', async () => {
    const { status, stderr } = await cli(['config', 'check'], { env: { PYC_ROOT: root, PYC_CONFIG: '/other.yaml' } });
    expect(status).toBe(78);
    expect(stderr).toContain(`${root}/other.yaml`);
  });
});
