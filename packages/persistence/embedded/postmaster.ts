import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Report } from '#core';
import type { Binaries } from './binaries.ts';
import { PROGRAM_ENVIRONMENT, runProgram } from './run-program.ts';
import type { ServerUser } from './server-user.ts';

/** How the server ends: `smart` waits for clients, `fast` cuts them, `immediate` is a crash that the next start recovers from. */
export type StopMode = 'fast' | 'immediate' | 'smart';

export interface LaunchOptions {
  readonly binaries: Binaries;
  readonly data: string;
  readonly port: number;
  readonly user: ServerUser | undefined;
  readonly report: Report;
  /** Server settings, `name: value`, above ours. */
  readonly settings: Readonly<Record<string, string | number>>;
}

/** What came of launching a server. */
export type Launch =
  | { readonly kind: 'ready'; readonly pid: number; readonly exited: Promise<string> }
  /** It gave up; `said` are its last words. */
  | { readonly kind: 'gave-up'; readonly said: string };

/**
 * Small-machine settings. Durability is PostgreSQL's own default, untouched. No parallel plans: they need shared memory that containers
 * are short of, and our statements don't gain. The server's log goes to ours, without statements, which may hold what senders sent.
 */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 100,
  shared_buffers: '128MB',
  wal_compression: 'on',
  max_parallel_workers_per_gather: 0,
  jit: 'off',
  log_checkpoints: 'off',
  log_line_prefix: '',
  log_min_error_statement: 'panic',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

const READY = 'database system is ready to accept connections';
const LAST_WORDS = 20;

/**
 * Starts a server and answers once it takes connections or has given up. It is in a process group of its own, so that Ctrl-C in the
 * terminal does not stop it before its users have finished.
 */
export function launch({ binaries, data, port, user, report, settings }: LaunchOptions): Promise<Launch> {
  const flags = Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(binaries.postgres, ['-D', data, '-p', String(port), ...flags], {
    ...user,
    cwd: '/',
    env: PROGRAM_ENVIRONMENT,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  const exited = new Promise<string>((resolve) => {
    server.once('error', (error) => resolve(error.message));
    server.once('close', (code, signal) => resolve(said.join('\n') || `exit ${code ?? signal}`));
  });
  return new Promise((resolve) => {
    createInterface({ input: server.stderr }).on('line', (line) => {
      if (said.push(line) > LAST_WORDS) said.shift();
      forward(line, report);
      if (line.includes(READY) && server.pid !== undefined) {
        letProcessEnd(server);
        resolve({ kind: 'ready', pid: server.pid, exited });
      }
    });
    void exited.then((words) => resolve({ kind: 'gave-up', said: words }));
  });
}

/** A running server alone does not keep our process alive. */
function letProcessEnd(server: ChildProcess): void {
  server.unref();
  if (server.stderr && 'unref' in server.stderr && typeof server.stderr.unref === 'function') server.stderr.unref();
}

/** FATAL is how a server speaks of one connection's end, hence only a warning; PANIC is its own. */
function forward(line: string, report: Report): void {
  if (line.startsWith('PANIC')) report.error('postgres.log', { line });
  else if (line.startsWith('FATAL') || line.startsWith('WARNING')) report.warn('postgres.log', { line });
  else report.debug('postgres.log', { line });
}

/** Seconds that a server may take to end. Longer than any of ours needs, shorter than what a process has for its own end. */
const STOP_TIMEOUT = 20;

/** Ends a server, ours or a predecessor's, and answers when it is gone. One that does not end in time is ended at once. */
export async function stopServer(
  { binaries, data, user }: Pick<LaunchOptions, 'binaries' | 'data' | 'user'>,
  mode: StopMode,
): Promise<void> {
  const stop = (how: StopMode) =>
    runProgram(binaries.pg_ctl, ['stop', '-D', data, '-m', how, '-w', '-t', String(STOP_TIMEOUT)], user);
  const { code } = await stop(mode);
  if (code !== 0 && mode !== 'immediate') await stop('immediate');
}
