import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificates } from '#testkit';
import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { KNOWN_KEYS } from './config-schema.ts';
import { type ParsedConfig, parseConfig } from './parse-config.ts';

type Env = Record<string, string | undefined>;
type Flat = Record<string, unknown>;

const SECRET = 'q7Zb0mX4tRk9uYw2Lh6vNs8cJd1fGe3p';
const PEM = makeCertificates().ca;
const KEY = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
const readFile = (path: string) =>
  path.startsWith('secrets/') ? { text: path.endsWith('.key') ? String(KEY) : PEM } : { problem: `no file ${path}` };
const parse = (text: string, env: Env = {}) => parseConfig(text, { file: 'application.yaml', env, readFile });
const DEFAULTS = configOf(parse(''));
const LEAVES = KNOWN_KEYS.filter((key) => !KNOWN_KEYS.some((other) => other.startsWith(`${key}.`)));

function configOf(parsed: ParsedConfig) {
  if (!parsed.ok) throw new Error(linesOf(parsed).join('\n'));
  return parsed.config;
}

function linesOf(parsed: ParsedConfig): string[] {
  return parsed.ok ? [] : parsed.problems.map(({ line, key, message }) => `${line} ${key}: ${message}`);
}

/** `{ 'a.b': 1 }` as `{ a: { b: 1 } }`. */
function nest(flat: Flat): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(flat)) {
    const path = key.split('.');
    const last = path.pop() ?? '';
    const parent = path.reduce((node, segment) => (node[segment] ??= {}) as Record<string, unknown>, root);
    parent[last] = value;
  }
  return root;
}

function flatten(value: unknown, prefix = ''): Flat {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { [prefix.slice(0, -1)]: value };
  if (Object.keys(value).length === 0) return { [prefix.slice(0, -1)]: {} };
  return Object.assign(
    {},
    ...Object.entries(value).map(([name, child]) => flatten(child, `${prefix}${name}.`)),
  ) as Flat;
}

const seconds = (min: number, max: number) =>
  fc.oneof(fc.integer({ min: Math.ceil(min), max }), fc.double({ min, max, noNaN: true }));
const whole = (min: number, max: number) => fc.integer({ min, max });
const TEN_YEARS = 315_360_000;
const TWENTY_DAYS = 1_728_000;

const VALID = {
  'server.host': fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6(), fc.constantFrom('::', '0.0.0.0', 'localhost')),
  'server.port': whole(0, 65_535),
  'server.body': whole(1, 268_435_456),
  'server.proxies': fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant('fd00::/8')), { maxLength: 3 }),
  'database.url': fc.constantFrom(
    'embedded',
    'postgres://u:p%40@db:5432/x?sslmode=require',
    'postgresql:///x?host=/run',
  ),
  'database.path': fc.constantFrom('data/postgres', '/var/lib/a b', '../x: #y'),
  'queue.url': fc.constantFrom(
    'database',
    'redis://h',
    'rediss://:p@h:1/2',
    'redis+sentinel://a,b:1/m',
    'rediss+cluster://[::1]:7000',
  ),
  'delivery.startup.workers': whole(1, 10_000),
  'delivery.batch': whole(1, 10_000),
  'delivery.interval': seconds(0.1, TWENTY_DAYS),
  'delivery.retry.delay.fixed': seconds(0.1, TEN_YEARS),
  'delivery.retry.delay.progressive': seconds(0, TEN_YEARS),
  'delivery.retry.max': whole(0, 1_000_000),
  'delivery.timeout': seconds(0.1, 3_600),
  'delivery.concurrency': whole(1, 1_000),
  'delivery.network.allow': fc.array(
    fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6(), fc.constantFrom('10.0.0.0/8', 'fd00::/8', 'my_host')),
    { maxLength: 4 },
  ),
  'purge.interval': fc.oneof(fc.constant(0), seconds(0.1, TWENTY_DAYS)),
  'purge.delivered': seconds(0, TEN_YEARS),
  'purge.frozen': seconds(0, TEN_YEARS),
  'purge.log': seconds(0, TEN_YEARS),
  'worker.port': whole(0, 65_535),
  'security.admin.username': fc.constantFrom('admin', 'zoë', '007', 'a b'),
  // What begins a reference to the environment is one, or wrong.
  'security.admin.password': fc.string({ minLength: 1, maxLength: 40 }).filter((password) => !password.includes('${')),
  'security.secret': fc
    .uint8Array({ minLength: 32, maxLength: 64 })
    .map((bytes) => `${SECRET}${Buffer.from(bytes).toString('base64')}`),
  'security.previousSecret': fc.constant(`${SECRET}${SECRET.toLowerCase()}!`),
  'security.limits.key': whole(0, 1_000_000),
  'security.limits.address': whole(0, 1_000_000),
  'security.connector.addresses': fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant('10.0.0.0/8')), { maxLength: 3 }),
  'security.oidc.issuer': fc.webUrl(),
  'security.oidc.audience': fc.constantFrom('orchestrator', 'https://api.example'),
  'security.oidc.jwks': fc.webUrl(),
  'security.oidc.claim': fc.constantFrom('roles', 'realm_access.roles'),
  'security.oidc.admin': fc.constantFrom('admin', 'Distribution Admins'),
  'security.oidc.operator': fc.constant('ops'),
  'security.oidc.viewer': fc.constant('007'),
  'security.ishare.id': fc.constant('EU.EORI.NL000000001'),
  'security.ishare.privateKey': fc.constant(String(KEY)),
  'security.ishare.certificates': fc.constantFrom(PEM, PEM + PEM),
  'security.ishare.roots': fc.constant(PEM),
  'security.ishare.register.id': fc.constant('EU.EORI.NL000000000'),
  'security.ishare.register.url': fc.webUrl(),
  'security.ishare.register.ca': fc.constant(PEM),
  'log.level': fc.constantFrom('error', 'warn', 'info', 'debug'),
  'log.format': fc.constantFrom('json', 'pretty'),
};

const LISTS: ReadonlySet<string> = new Set([
  'delivery.network.allow',
  'server.proxies',
  'security.connector.addresses',
]);

/** Settings that are right together only: any of the first without all of both is left out. */
const SETS: readonly (readonly [set: readonly string[], needed: readonly string[]])[] = [
  [['ishare.id', 'ishare.privateKey', 'ishare.certificates', 'ishare.roots'], []],
  [['ishare.register.id', 'ishare.register.url'], ['ishare.id']],
  [['oidc.issuer', 'oidc.audience'], []],
  [['oidc.jwks'], ['oidc.issuer']],
  [['previousSecret'], ['secret']],
];

/** A value for each of them, so that a wrong one is the only thing that is wrong. */
const WHOLE: Flat = {
  'security.secret': SECRET,
  'security.previousSecret': `${SECRET}!`,
  'security.oidc.issuer': 'https://id.example',
  'security.oidc.audience': 'orchestrator',
  'security.ishare.id': 'us',
  'security.ishare.privateKey': KEY,
  'security.ishare.certificates': PEM,
  'security.ishare.roots': PEM,
  'security.ishare.register.id': 'register',
  'security.ishare.register.url': 'https://register.example',
};

function complete(flat: Flat): Flat {
  return SETS.reduce((rest, [set, needed]) => {
    if ([...set, ...needed].every((key) => rest[`security.${key}`] !== undefined)) return rest;
    return Object.fromEntries(Object.entries(rest).filter(([key]) => !set.includes(key.replace('security.', ''))));
  }, flat);
}

/** Any valid configuration, any of its keys left out. */
const validConfig: fc.Arbitrary<Flat> = fc.record(VALID, { requiredKeys: [] }).map((flat: Flat) => {
  const isExternal = String(flat['database.url'] ?? 'embedded') !== 'embedded';
  return complete(isExternal ? { 'security.secret': SECRET, ...flat } : flat);
});

test('the generated configurations cover every key', () => {
  expect(Object.keys(VALID).sort()).toEqual([...LEAVES].sort());
});

test('a valid configuration reads as itself, with the defaults filled in', () => {
  fc.assert(
    fc.property(validConfig, (flat) => {
      const parsed = parse(stringify(nest(flat)));
      expect(linesOf(parsed)).toEqual([]);
      expect(parsed).toEqual({ ok: true, config: nest({ ...flatten(DEFAULTS), ...flat }), warnings: [] });
    }),
  );
});

test('an empty file, one of comments and one of empty sections are all defaults', () => {
  for (const text of [
    '',
    '\ufeff# nothing\n',
    '---\n',
    'delivery:\n  # batch: 5\nserver: {}\n',
    'delivery:\n  network:\n    allow:\n',
  ]) {
    expect(parse(text)).toEqual({ ok: true, config: DEFAULTS, warnings: [] });
  }
});

const NUMERIC = LEAVES.filter((key) => typeof flatten(DEFAULTS)[key] === 'number');
const NEVER_A_NUMBER = [
  'ten',
  '10s',
  '',
  true,
  null,
  [1],
  { a: 1 },
  -1,
  -0.001,
  2 ** 31,
  2 ** 53,
  NaN,
  Infinity,
  1e308,
];
const NEVER_A_TEXT = [5, true, [], { a: 1 }, ['x'], NaN, ''];

test('one wrong value is exactly one problem, which names its key and line', () => {
  const wrong = fc.constantFrom(...LEAVES).chain((key) => {
    return fc.record({
      key: fc.constant(key),
      value: fc.constantFrom(...(NUMERIC.includes(key) ? NEVER_A_NUMBER : NEVER_A_TEXT)),
    });
  });
  fc.assert(
    fc.property(validConfig, wrong, (flat, { key, value }) => {
      fc.pre(!LISTS.has(key) || !Array.isArray(value));
      const text = stringify(nest({ ...WHOLE, ...flat, [key]: value }));
      const parsed = parse(text);
      expect(linesOf(parsed)).toEqual([expect.stringMatching(new RegExp(`^\\d+ ${key}: expected .*, got `))]);
    }),
  );
});

test.each([
  ['delivery.interval', 0],
  ['delivery.batch', 0],
  ['delivery.startup.workers', 0],
  ['delivery.retry.delay.fixed', 0],
  ['delivery.timeout', 0],
  ['delivery.concurrency', 0],
  ['server.body', 0],
  ['delivery.batch', 1.5],
  ['delivery.retry.max', 0.5],
  ['delivery.interval', 0.05],
  ['purge.interval', 1e-9],
  ['server.port', 65_536],
])('%s: %d is refused', (key, value) => {
  expect(linesOf(parse(stringify(nest({ [key]: value }))))).toEqual([expect.stringContaining(`${key}: expected`)]);
});

test.each([
  'delivery.retry.max',
  'delivery.retry.delay.progressive',
  'purge.interval',
  'purge.delivered',
  'purge.frozen',
  'purge.log',
])('%s: 0 is a value of its own', (key) => {
  expect(flatten(configOf(parse(stringify(nest({ [key]: 0 })))))[key]).toBe(0);
});

test('a mistyped key is an error with the nearest known key', () => {
  const typo = fc.constantFrom(...LEAVES).chain((key) => {
    const start = key.lastIndexOf('.') + 1;
    return fc
      .integer({ min: start, max: key.length - 1 })
      .map((i) => ({ key, mistyped: `${key.slice(0, i)}${key[i]}${key.slice(i)}` }));
  });
  fc.assert(
    fc.property(validConfig, typo, (flat, { key, mistyped }) => {
      const problems = linesOf(parse(stringify(nest({ ...flat, [mistyped]: 1 }))));
      expect(problems).toEqual([
        expect.stringMatching(new RegExp(`^\\d+ ${mistyped}: unknown, did you mean ${key}\\?$`)),
      ]);
    }),
  );
});

test('an unknown section is a warning, and nothing in it is filled in', () => {
  expect(parse('spring:\n  password: ${NOT_SET}\ndelivry:\n  batch: 1\n')).toEqual({
    ok: true,
    config: DEFAULTS,
    warnings: [
      { file: 'application.yaml', line: 1, key: 'spring', message: 'unknown section, ignored' },
      {
        file: 'application.yaml',
        line: 3,
        key: 'delivry',
        message: 'unknown section, ignored: did you mean delivery?',
      },
    ],
  });
});

test('a key of ours written with dots is an error, not an ignored section', () => {
  expect(
    linesOf(parse('delivery.batch: 5\npurge:\n  interval: 5\ndelivery:\n  retry.max: 5\nlog.levle: info\n')),
  ).toEqual([
    expect.stringMatching(/^1 delivery\.batch: expected its parts nested/),
    expect.stringMatching(/^5 delivery\.retry\.max: expected its parts nested/),
    expect.stringMatching(/^6 log\.levle: expected its parts nested/),
  ]);
});

test('everything wrong is told at once, in the order of the file', () => {
  const text = [
    'delivery:',
    '  batch: 0',
    '  bach: 5',
    '  interval: ${INTERVAL}',
    '  network: { allow: [ok.example, "1.2.3", 7] }',
    'database:',
    '  url: postgres://db/x',
    'log: loud',
  ].join('\n');
  expect(linesOf(parse(text))).toEqual([
    'null security.secret: expected at least 32 random bytes, since database.url is not "embedded", got nothing',
    '2 delivery.batch: expected a whole number from 1 to 10000, got 0',
    '3 delivery.bach: unknown, did you mean delivery.batch?',
    '4 delivery.interval: the environment variable INTERVAL is not set: set it, or give a default as in ${INTERVAL:-default}',
    '5 delivery.network.allow[1]: expected a host name, an IP address or a range such as 10.0.0.0/8, got "1.2.3"',
    '5 delivery.network.allow[2]: expected a host name, an IP address or a range such as 10.0.0.0/8, got 7',
    '8 log: expected a mapping, got "loud"',
  ]);
});

test.each([
  ['a list', '- a', 'null null: expected a mapping, got a list'],
  ['a text', 'hello', 'null null: expected a mapping, got "hello"'],
  ['a doubled key', 'log:\n  level: info\nlog:\n  level: warn', '3 null: expected each key once, got log again'],
  ['several documents', 'log: {}\n---\nlog: {}', '2 null: expected one YAML document, got several'],
  [
    'broken indentation',
    'log:\n  level: info\n format: json',
    '3 null: expected readable YAML, got: All mapping items must start at the same column',
  ],
  [
    'an alias of nothing',
    'log: *nothing',
    'null null: expected readable YAML, got: Unresolved alias (the anchor must be set before the alias)',
  ],
  ['nesting without end', `log: ${'['.repeat(50_000)}`, 'null null: expected at most 64 levels of nesting, got more'],
  [
    'a placeholder in braces',
    'log: { level: ${L} }',
    '1 null: expected readable YAML, got: Unexpected flow-map-start at node end (inside [ ] and { }, put "${NAME}" in quotes)',
  ],
])('%s is a clear problem', (_, text, line) => {
  expect(linesOf(parse(text))).toEqual([line]);
});

test('a bomb of aliases is refused', () => {
  const levels = Array.from(
    { length: 12 },
    (_, i) =>
      `a${i}: &a${i} [${Array(9)
        .fill(i === 0 ? 'x' : `*a${i - 1}`)
        .join(', ')}]`,
  );
  expect(linesOf(parse(levels.join('\n')))).toEqual([expect.stringContaining('Excessive alias count')]);
});

test('whatever the text, reading it ends with a value', () => {
  const yamlish = fc.array(
    fc.constantFrom(
      'delivery',
      'batch',
      ':',
      ' ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '&a',
      '*a',
      '!t',
      '"',
      "'",
      '#',
      '|',
      '${',
      '5',
      '<<',
      '?',
      '%',
    ),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        yamlish.map((parts) => parts.join('')),
      ),
      (text) => {
        expect(typeof parse(text).ok).toBe('boolean');
      },
    ),
    { numRuns: 500 },
  );
});

test('a value from the environment is read as YAML, quoted or not, and a default where it is not set or empty', () => {
  const text = [
    'server: { port: "${PORT}", host: "${HOST:-127.0.0.1}" }',
    'delivery:',
    '  batch: ${BATCH:-50}',
    '  interval: ${INTERVAL:-2.5}',
    '  timeout: 1${ZERO}',
    '  network: { allow: ["${PREFIX}.0.0.0/8", "${NODE:-node}.example"] }',
  ].join('\n');
  const { server, delivery } = configOf(parse(text, { PORT: '9090', BATCH: '', ZERO: '0', PREFIX: '10' }));
  expect(server).toMatchObject({ port: 9090, host: '127.0.0.1' });
  expect(delivery).toMatchObject({
    batch: 50,
    interval: 2.5,
    timeout: 10,
    network: { allow: ['10.0.0.0/8', 'node.example'] },
  });
});

test('whatever a variable holds, it stays within its value', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary', minLength: 1 }),
        fc.constantFrom('a: b', '\nlog: x', '[1]', '# x', '007', 'null', '${A}', '*a', '"'),
      ),
      (value) => {
        const parsed = parse('security:\n  admin: { password: "${P}", username: admin }\n', { P: value });
        expect(configOf(parsed)).toEqual({
          ...DEFAULTS,
          security: { ...DEFAULTS.security, admin: { username: 'admin', password: value } },
        });
      },
    ),
  );
});

test('a key that may be left out counts as left out when it is filled with nothing', () => {
  const text =
    'security:\n  secret: ${SECRET:-}\n  admin: { password: "${PASSWORD:-}" }\nlog:\n  format: ${FORMAT:-}\n';
  expect(configOf(parse(text))).toEqual(DEFAULTS);
});

test.each(['${', '${}', '${1A}', '${A-b}', '${A:b}', '${A:-${B}}', '${A B}'])(
  'the placeholder %s is refused',
  (placeholder) => {
    expect(linesOf(parse(`log:\n  level: '${placeholder}'\n`, { A: 'info', B: 'info' }))).toEqual([
      '2 log.level: expected ${NAME} or ${NAME:-default}, got a "${" that starts neither',
    ]);
  },
);

test('a name that every object has is still not set', () => {
  expect(linesOf(parse('log:\n  level: ${constructor}\n'))).toEqual([
    expect.stringContaining('constructor is not set'),
  ]);
});

test('with an external database the secret must be given, with the embedded one it need not', () => {
  const external = 'database: { url: "${URL}" }\n';
  const env = { URL: 'postgres://db/x' };
  expect(linesOf(parse(external, env))).toEqual([
    expect.stringContaining('security.secret: expected at least 32 random bytes, since'),
  ]);
  expect(linesOf(parse(`${external}security: { secret: "${SECRET}" }\n`, env))).toEqual([]);
  expect(linesOf(parse(external, { URL: 'embedded' }))).toEqual([]);
});

test('a value can be a file, whose text is taken as it is', () => {
  const text = `security:\n  ishare:\n    id: us\n    privateKey: \${file:secrets/ishare.key}\n    certificates: \${file:secrets/ishare.crt}\n    roots: \${file:secrets/roots.crt}\n`;
  const { ishare } = configOf(parse(text)).security;
  expect(ishare).toEqual({ id: 'us', privateKey: KEY, certificates: PEM, roots: PEM, register: {} });
  expect(linesOf(parse('security:\n  secret: ${file:elsewhere}\n'))).toEqual(['2 security.secret: no file elsewhere']);
});

test('settings that are of no use without others say which are missing', () => {
  expect(linesOf(parse('security: { ishare: { id: us }, oidc: { issuer: "https://id.example" } }'))).toEqual([
    '1 security.ishare.privateKey: expected a value, since security.ishare.id is set, got nothing',
    '1 security.ishare.certificates: expected a value, since security.ishare.id is set, got nothing',
    '1 security.ishare.roots: expected a value, since security.ishare.id is set, got nothing',
    '1 security.oidc.audience: expected a value, since security.oidc.issuer is set, got nothing',
  ]);
});

test('a secret that is rotated must have been another one', () => {
  expect(linesOf(parse('security: { secret: "${S}", previousSecret: "${S}" }', { S: SECRET }))).toEqual([
    '1 security.previousSecret: expected another secret than security.secret, got the same',
  ]);
});

test.each([
  ['too short', 'q7Zb0mX4tRk9uYw2Lh6vNs8cJd1fGe3'],
  ['one character', 'x'.repeat(64)],
  ['one unit repeated', '0f3a9c71'.repeat(6)],
  ['from an example', 'please-change-me-please-change-me-now'],
  ['of hardly any characters', 'abbabaabbaababbabaababbaabbabaab'],
])('a secret that is %s is refused and not shown', (_, secret) => {
  const [line, ...more] = linesOf(parse(`security:\n  secret: ${secret}\n`));
  expect(more).toEqual([]);
  expect(line).toMatch(/^2 security\.secret: expected at least 32 random bytes.*, got \(hidden\)$/);
});

test('nothing below security is shown, nor the login of a URL, nor what broke the YAML', () => {
  const hidden = 'N0tToBeSeen';
  for (const text of [
    `security: { secret: ${hidden} }`,
    `security: { admin: { password: [${hidden}] } }`,
    `security: ${hidden}`,
    `database: { url: "postgres//u:${hidden}@x@h/db" }`,
    `database: { url: "mysql://u:${hidden}@h/db" }`,
    `queue: { url: "redis+sentinel://h?sentinelPassword=${hidden}" }`,
    `security:\n  secret: }${hidden}`,
    `security:\n  secret: |${hidden}`,
    `security:\n  secret: *${hidden}`,
  ]) {
    const lines = linesOf(parse(text));
    expect(lines).not.toEqual([]);
    expect(lines.join('\n')).not.toContain(hidden);
  }
});

describe('the configuration that is shipped', () => {
  const shipped = readFileSync(join(__dirname, '../../../config/application.yaml'), 'utf8');

  test('is the defaults, word for word, but that nodes on this machine may be delivered to', () => {
    const network = { allow: ['127.0.0.1', '::1', 'localhost'] };
    const config = { ...DEFAULTS, delivery: { ...DEFAULTS.delivery, network } };
    expect(parse(shipped)).toEqual({ ok: true, config, warnings: [] });
  });

  test('shows every key, those without a default commented out and ready to be used', () => {
    const uncommented = shipped.replaceAll(/^( *)# (\w+: (?:\S+|\$\{.*\}))$/gm, '$1$2');
    const parsed = parse(uncommented, { ADMIN_PASSWORD: 'x', SECRET, PREVIOUS_SECRET: `${SECRET}!` });
    expect(Object.keys(flatten(configOf(parsed))).sort()).toEqual([...LEAVES].sort());
  });
});
