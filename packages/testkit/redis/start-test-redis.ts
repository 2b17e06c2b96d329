import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { leash } from '../leash.ts';

/** A real Redis of a test's own, in a temporary folder. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Runs one command, such as `CONFIG SET maxmemory-policy allkeys-lru`; answers the reply as it comes over the wire. */
  command(line: string): Promise<string>;
  /** SIGKILL: what the append-only file had not got is lost. */
  kill(): Promise<void>;
  /** Kills it if it runs, and starts it again on the same port; `empty`: without its data. */
  restart(options?: { empty?: boolean }): Promise<void>;
  /** FLUSHALL. */
  flush(): Promise<void>;
  /** Freezes it (SIGSTOP): connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Ends it and removes everything. */
  stop(): Promise<void>;
}

export interface TestRedisOptions {
  /** Write every command to disk, so that a restart finds it. */
  readonly appendonly?: boolean;
  /** Further settings of redis.conf, `name: value`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Whether there is a `redis-server` on the PATH. */
export function redisAvailable(): boolean {
  return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;
}

export async function startTestRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-redis-'));
  const port = await findFreePort();
  let server = await launch(folder, port, options);
  let unleash = leash(pidOf(server), folder);

  async function kill(): Promise<void> {
    unleash();
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exit = once(server, 'exit');
    server.kill('SIGKILL');
    await exit;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    command: (line) => command(port, line),
    kill,
    async restart({ empty = false } = {}) {
      await kill();
      if (empty) await rm(join(folder, 'appendonlydir'), { recursive: true, force: true });
      server = await launch(folder, port, options);
      unleash = leash(pidOf(server), folder);
    },
    async flush() {
      await command(port, 'FLUSHALL');
    },
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(folder: string, port: number, options: TestRedisOptions): Promise<ChildProcess> {
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: options.appendonly ? 'yes' : 'no',
    appendfsync: 'always',
    ...options.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const server = spawn('redis-server', flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`redis-server did not start:\n${said.join('\n')}`)));
    createInterface({ input: server.stdout }).on('line', (line) => {
      said.push(line);
      if (line.includes('Ready to accept connections')) resolve();
    });
  });
  return server;
}

function pidOf(server: ChildProcess): number {
  if (server.pid === undefined) throw new Error('redis-server has no process');
  return server.pid;
}

/** An inline command over a plain socket: the tests of other packages need no Redis client. Enough for replies of one packet. */
async function command(port: number, line: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('utf8');
  socket.write(`${line}\r\n`);
  try {
    let reply = '';
    while (!reply.includes('\r\n')) reply += ((await once(socket, 'data')) as [string])[0];
    if (reply.startsWith('-')) throw new Error(`redis: ${line}: ${reply}`);
    return reply;
  } finally {
    socket.destroy();
  }
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
