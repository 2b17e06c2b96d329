import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkConfig } from './check-config.ts';
import { loadConfig } from './load-config.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'load-config-'));
  await mkdir(join(root, 'config'));
});
afterEach(() => rm(root, { recursive: true }));

const problem = { file: 'f', line: 3, key: 'a.b', message: 'expected x,\ngot y' };
const warning = { file: 'f', line: null, key: null, message: 'odd' };
const accept = (text: string) =>
  ({ ok: true, config: { text, database: { path: 'data', url: 'u' } }, warnings: [warning] }) as const;
const refuse = () => ({ ok: false, problems: [problem], warnings: [warning] }) as const;

test('the text and the environment reach the parser, and database.path starts from the root', async () => {
  await writeFile(join(root, 'config/application.yaml'), 'zoë');
  const parseConfig = jest.fn(accept);
  const env = { PYC_ROOT: root, X: '1' };
  const file = join(root, 'config/application.yaml');
  expect(await loadConfig({ parseConfig, env })).toEqual({
    ok: true,
    root,
    file,
    config: { text: 'zoë', database: { path: join(root, 'data'), url: 'u' } },
    warnings: [warning],
  });
  expect(parseConfig).toHaveBeenCalledWith('zoë', { file, env, readFile: expect.any(Function) });
});

test('a file that is not there is a problem that names its place and both variables', async () => {
  const loaded = await loadConfig({ parseConfig: accept, env: { PYC_ROOT: root, PYC_CONFIG: '/nowhere.yaml' } });
  expect(loaded).toMatchObject({ ok: false, problems: [{ file: join(root, 'nowhere.yaml'), line: null, key: null }] });
  expect(!loaded.ok && loaded.problems[0]?.message).toMatch(
    /got no file: .*PYC_ROOT \(now .*\) followed by PYC_CONFIG/,
  );
});

test('a folder, and a file that is not text, are problems', async () => {
  await writeFile(join(root, 'latin1.yaml'), Buffer.from([0xe9]));
  for (const [PYC_CONFIG, message] of [
    ['/config', /EISDIR/],
    ['/latin1.yaml', /UTF-8/],
  ] as const) {
    const loaded = await loadConfig({ parseConfig: accept, env: { PYC_ROOT: root, PYC_CONFIG } });
    expect(!loaded.ok && loaded.problems[0]?.message).toMatch(message);
  }
});

test('checking prints one line a warning and problem, and ends with 78 or 0', async () => {
  const file = join(root, 'config/application.yaml');
  await writeFile(file, '');
  expect(await checkConfig({ parseConfig: refuse, env: {}, root })).toEqual({
    lines: ['warning: f: odd', 'error: f:3: a.b: expected x, got y'],
    status: 78,
  });
  expect(await checkConfig({ parseConfig: accept, env: {}, root })).toEqual({
    lines: ['warning: f: odd', `${file}: the configuration is fine`],
    status: 0,
  });
});

test('a file that a value names is read below the root, without the line break at its end', async () => {
  await writeFile(join(root, 'config/application.yaml'), '');
  await writeFile(join(root, 'a'), 'zoë\nb\n');
  const parseConfig = jest.fn((_text: string, { readFile }: { readFile(path: string): unknown }) => ({
    ok: true as const,
    config: { database: { path: 'd' }, read: [readFile('a'), readFile(join(root, 'a')), readFile('b')] },
    warnings: [],
  }));
  const loaded = await loadConfig({ parseConfig, env: { PYC_ROOT: root } });
  expect(loaded).toMatchObject({
    config: {
      read: [{ text: 'zoë\nb' }, { text: 'zoë\nb' }, { problem: 'expected the file b, got ENOENT when reading it' }],
    },
  });
});
