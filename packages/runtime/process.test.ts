import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

// Real processes, built from what `npm run build` made of this package and core, as the entry points are.

const repository = join(__dirname, '../..');
const PROGRAM = `
  import { writeFileSync } from 'node:fs';
  import { parseConfig } from '#core';
  import { runProcess, serveHealth } from '#runtime';
  await runProcess('probe', {
    parseConfig,
    async start({ config, root, log, metrics }) {
      writeFileSync(root + '/started', '');
      const server = await serveHealth({ host: '127.0.0.1', port: config.worker.port, checks: {}, metrics, log });
      process.on('SIGUSR2', () => void Promise.reject(new Error('nobody caught me')));
      writeFileSync(root + '/port', String(server.port));
      process.stderr.write(server.port + '\\n');
      const chatter = setInterval(() => log.info('chatter'), 5);
      return { stop: () => (clearInterval(chatter), server.close()) };
    },
  });
`;

let root: string;
beforeAll(() => {
  if (!existsSync(join(repository, 'dist/packages/runtime/index.js')))
    throw new Error('run `npm run build` before this test');
});
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'process-'));
  await mkdir(join(root, 'config'));
});
afterEach(() => rm(root, { recursive: true }));

/** Its `stdout` is there unless a file was given in its place. */
type Child = ChildProcessByStdio<null, Readable, Readable>;

async function launch(config: string, stdout: 'pipe' | number = 'pipe'): Promise<Child> {
  await writeFile(join(root, 'config/application.yaml'), config);
  return spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    cwd: repository,
    env: { PYC_ROOT: root },
    stdio: ['ignore', stdout, 'pipe'],
  }) as Child;
}

/** The port it listens on, which it tells on stderr. */
async function portOf(child: Child): Promise<number> {
  const [line] = (await once(createInterface(child.stderr), 'line')) as [string];
  return Number(line);
}

async function exitOf(child: Child): Promise<unknown> {
  const [status, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return status ?? signal;
}

async function isLive(port: number): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${port}/healthz`)).status === 200;
}

test('a wrong configuration ends with 78 and all its problems on stderr, before anything is started', async () => {
  const child = await launch('delivery:\n  bach: 5\n  batch: 0\nworker:\n  port: 0\n');
  const [status, stdout, stderr] = await Promise.all([exitOf(child), text(child.stdout), text(child.stderr)]);
  const file = join(root, 'config/application.yaml');
  expect(status).toBe(78);
  expect(stdout).toBe('');
  expect(stderr).toBe(
    `error: ${file}:2: delivery.bach: unknown, did you mean delivery.batch?\n` +
      `error: ${file}:3: delivery.batch: expected a whole number from 1 to 10000, got 0\n`,
  );
  expect(existsSync(join(root, 'started'))).toBe(false);
});

test.each(['SIGTERM', 'SIGINT'] as const)('a process serves until %s and then ends with 0', async (signal) => {
  const child = await launch('worker: { port: 0 }\n');
  const stdout = text(child.stdout);
  const port = await portOf(child);
  expect(await isLive(port)).toBe(true);
  child.kill(signal);
  expect(await exitOf(child)).toBe(0);
  await expect(isLive(port)).rejects.toThrow();
  const events = (await stdout)
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { event: string }).event);
  expect(events.filter((event) => event !== 'chatter')).toEqual([
    'process.started',
    'process.stopping',
    'process.stopped',
  ]);
});

test('a rejection that nobody handles is one line with its stack, and ends with 1', async () => {
  const child = await launch('worker: { port: 0 }\n');
  const stdout = text(child.stdout);
  await portOf(child);
  child.kill('SIGUSR2');
  expect(await exitOf(child)).toBe(1);
  const last = JSON.parse((await stdout).trimEnd().split('\n').at(-1) ?? '') as {
    event: string;
    error: { message: string; stack: string };
  };
  expect(last).toMatchObject({
    event: 'process.crashed',
    error: { message: 'nobody caught me', stack: expect.stringContaining('at process') },
  });
});

test('a reader of the log that goes away costs the log, not the process', async () => {
  const child = await launch('worker: { port: 0 }\n');
  const port = await portOf(child);
  child.stdout.destroy();
  for (let i = 0; i < 20; i += 1) expect(await isLive(port)).toBe(true);
  child.kill('SIGTERM');
  expect(await exitOf(child)).toBe(0);
});

// A disk that is always full is had from Linux only.
const onLinux = existsSync('/dev/full') ? test : test.skip;
onLinux('a full disk under the log costs the log, not the process', async () => {
  const full = openSync('/dev/full', 'w');
  const child = await launch('worker: { port: 0 }\n', full);
  closeSync(full);
  const port = await portOf(child);
  for (let i = 0; i < 20; i += 1) expect(await isLive(port)).toBe(true);
  child.kill('SIGTERM');
  expect(await exitOf(child)).toBe(0);
});
