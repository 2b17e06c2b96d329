import { EventEmitter } from 'node:events';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { type ProcessContext, type Running, runProcess, type ProcessConfig } from './run-process.ts';

class Lines extends Writable {
  text = '';
  override _write(chunk: Buffer, _: string, done: () => void) {
    this.text += chunk.toString();
    done();
  }
  get events(): string[] {
    return this.text
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { event: string }).event);
  }
}

/** What `process` is to `runProcess`; exiting resolves `exited` instead of ending the tests. */
class FakeHost extends EventEmitter {
  readonly stdout = new Lines();
  readonly stderr = new Lines();
  readonly env: Record<string, string>;
  readonly statuses: number[] = [];
  readonly exited: Promise<number>;
  exit: (status: number) => void = () => {};

  constructor(root: string) {
    super();
    this.env = { PYC_ROOT: root };
    this.exited = new Promise((resolve) => {
      this.exit = (status) => {
        this.statuses.push(status);
        resolve(status);
      };
    });
  }
}

let root: string;
let host: FakeHost;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'run-process-'));
  await mkdir(join(root, 'config'));
  await writeFile(join(root, 'config/application.yaml'), '');
  host = new FakeHost(root);
});
afterEach(() => rm(root, { recursive: true }));

const config: ProcessConfig = { log: { level: 'info', format: 'json' }, database: { path: 'data' } };
const warning = { file: 'f', line: 1, key: 'spring', message: 'ignored' };
const fine = () => ({ ok: true, config, warnings: [warning] }) as const;
const wrong = () => {
  const problem = { file: 'f', line: 2, key: 'a', message: 'expected x, got y' };
  return { ok: false, problems: [problem, { ...problem, key: 'b' }], warnings: [warning] } as const;
};
const run = (start: (context: ProcessContext<ProcessConfig>) => Promise<Running>) =>
  runProcess('worker', { parseConfig: fine, start, host });

test('with a wrong configuration all problems are printed, the status is 78, and nothing is started', async () => {
  const start = jest.fn();
  await runProcess('worker', { parseConfig: wrong, start, host });
  expect(host.statuses).toEqual([78]);
  expect(host.stderr.text).toBe(
    'warning: f:1: spring: ignored\nerror: f:2: a: expected x, got y\nerror: f:2: b: expected x, got y\n',
  );
  expect(host.stdout.text).toBe('');
  expect(start).not.toHaveBeenCalled();
  expect(host.eventNames()).toEqual([]);
});

test('a start gets the configuration, where it was found, a log and metrics', async () => {
  let given: ProcessContext<ProcessConfig> | undefined;
  await run(async (context) => {
    given = context;
    context.log.info('worker.up', { lanes: 3 });
    return { stop: () => Promise.resolve() };
  });
  expect(given).toMatchObject({
    config: { ...config, database: { path: join(root, 'data') } },
    root,
    file: join(root, 'config/application.yaml'),
  });
  expect((await given?.metrics.render())?.text).toContain('process="worker"');
  expect(given?.signal.aborted).toBe(false);
  host.emit('SIGTERM');
  await host.exited;
  expect(host.stdout.text.split('\n')[1]).toMatch(/"event":"worker.up","process":"worker","lanes":3/);
});

test.each(['SIGTERM', 'SIGINT'])(
  '%s stops once, a second signal changes nothing, and the status is 0',
  async (signal) => {
    let finish = () => {};
    const stop = jest.fn(() => new Promise<void>((resolve) => (finish = resolve)));
    await run(() => Promise.resolve({ stop }));
    host.emit(signal);
    host.emit('SIGINT');
    host.emit('SIGTERM');
    await new Promise(setImmediate);
    expect(host.statuses).toEqual([]);
    finish();
    expect(await host.exited).toBe(0);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(host.stdout.events).toEqual([
      'config.warning',
      'process.started',
      'process.stopping',
      'process.stopping-already',
      'process.stopping-already',
      'process.stopped',
    ]);
  },
);

test('a stop that takes longer than the contract gives ends with 1', async () => {
  await run(() => Promise.resolve({ stop: () => new Promise(() => {}) }));
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  try {
    host.emit('SIGTERM');
    await jest.advanceTimersByTimeAsync(27_999);
    expect(host.statuses).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(await host.exited).toBe(1);
  } finally {
    jest.useRealTimers();
  }
  expect(host.stdout.events.at(-1)).toBe('process.stop-overdue');
});

test('a stop that fails is told and ends with 1', async () => {
  await run(() => Promise.resolve({ stop: () => Promise.reject(new Error('no')) }));
  host.emit('SIGTERM');
  expect(await host.exited).toBe(1);
  expect(host.stdout.events.at(-1)).toBe('process.stop-failed');
});

test('a start that fails is one line with its code, and ends with 1', async () => {
  await run(() => Promise.reject(Object.assign(new Error('taken'), { code: 'EADDRINUSE' })));
  expect(host.statuses).toEqual([1]);
  expect(host.stdout.events).toEqual(['config.warning', 'process.start-failed']);
  expect(host.stdout.text).toContain('"code":"EADDRINUSE"');
});

test('a signal while starting lets the start give up, and what did start is stopped', async () => {
  const stop = jest.fn(() => Promise.resolve());
  const starting = run(
    ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve({ stop }))),
  );
  while (host.listenerCount('SIGTERM') === 0) await new Promise(setImmediate);
  host.emit('SIGTERM');
  expect(await host.exited).toBe(0);
  await starting;
  expect(stop).toHaveBeenCalledTimes(1);
});

test('a start that gives up with an error because of a signal ends with 0', async () => {
  void run(
    ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('given up')))),
  );
  while (host.listenerCount('SIGTERM') === 0) await new Promise(setImmediate);
  host.emit('SIGTERM');
  expect(await host.exited).toBe(0);
  expect(host.stdout.events).toEqual([
    'config.warning',
    'process.stopping',
    'process.start-given-up',
    'process.stopped',
  ]);
});

test('an exception that nobody caught is one line and ends with 1, also while stopping', async () => {
  let finish = () => {};
  await run(() => Promise.resolve({ stop: () => new Promise((resolve) => (finish = resolve)) }));
  host.emit('SIGTERM');
  host.emit('uncaughtException', new Error('bug'));
  host.emit('uncaughtException', new Error('and another'));
  expect(await host.exited).toBe(1);
  finish();
  await new Promise(setImmediate);
  expect(host.statuses).toEqual([1]);
  expect(host.stdout.events.slice(2)).toEqual(['process.stopping', 'process.crashed']);
});
