import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { runCommand, type CommandHost, type Terminal } from './run-command.ts';

function fakeHost(): CommandHost & EventEmitter & { exits: number[] } {
  const exits: number[] = [];
  return Object.assign(new EventEmitter(), {
    argv: ['node', 'main.js', 'node', 'list'],
    env: { NAME: 'value' },
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    exit: (status: number) => void exits.push(status),
    exits,
  });
}

test("a command gets what is behind its name, and its answer is the process's status", async () => {
  const host = fakeHost();
  let given: Terminal | undefined;
  await runCommand((terminal) => {
    given = terminal;
    return Promise.resolve(2);
  }, host);
  expect(given).toMatchObject({ arguments: ['node', 'list'], env: { NAME: 'value' } });
  expect(host.exitCode).toBe(2);
  expect(host.exits).toEqual([]);
});

test('signals are left to the system until a command asks for them; then the first one is told, and no later one ends it', async () => {
  const host = fakeHost();
  await runCommand(async ({ untilStopped }) => {
    expect(host.listenerCount('SIGINT')).toBe(0);
    const stopped = Promise.all([untilStopped(), untilStopped()]);
    expect(host.listenerCount('SIGINT')).toBe(1);
    host.emit('SIGINT');
    await stopped;
    expect(host.emit('SIGINT')).toBe(true);
    expect(host.emit('SIGTERM')).toBe(true);
    return 0;
  }, host);
  expect(host.exitCode).toBe(0);
});

test.each([
  ['EPIPE', 0],
  ['EIO', 1],
])('output that nobody takes (%s) ends the process with %i', async (code, status) => {
  const host = fakeHost();
  await runCommand(() => Promise.resolve(0), host);
  host.stdout.emit('error', Object.assign(new Error(code), { code }));
  expect(host.exits).toEqual([status]);
});
