import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { stringify } from 'yaml';
import { pidOf } from './start-child.ts';

/** An ingress or a worker, as built and as started in production. */
export interface FleetProcess {
  readonly pid: number;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Rejects with the end of its log when it ends without having been stopped. */
  readonly failed: Promise<never>;
  /** SIGTERM, and its end. */
  stop(): Promise<void>;
}

export interface FleetProcessOptions {
  readonly databaseUrl: string;
  /** `database`, or Redis's URL. */
  readonly queueUrl: string;
  /** The folder that a CPU profile is written to at the end; none is made without. */
  readonly profile?: string | undefined;
  /** The sweep and the purge run as often as by default; they stay out of the way unless told. */
  readonly maintained?: boolean;
}

/** What secrets in the database are sealed with. */
export const SECRET = 'YmVuY2htYXJrcyBzZWFsIHRoZWlyIHNlY3JldHMgd2l0aCB0aGlzIG9uZQ';

const built = join(import.meta.dirname, '../..');

/** Ms. */
const LONGEST_START = 30_000;
const LONGEST_STOP = 35_000;
const BETWEEN_LOOKS = 50;

/** Starts `dist/apps/<name>/main.js` with the default configuration, its log going to a file, and resolves once it is ready. */
export async function startFleetProcess(
  name: 'ingress' | 'worker' | 'standalone',
  options: FleetProcessOptions,
): Promise<FleetProcess> {
  const folder = await mkdtemp(join(tmpdir(), `orchestrator-bench-${name}-`));
  const tidy = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', tidy);
  const port = await freePort();
  await mkdir(join(folder, 'config'));
  await writeFile(join(folder, 'config/application.yaml'), configText(port, options));
  const logFile = join(folder, 'log');
  const log = await open(logFile, 'w');
  const profiling = options.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profile}`];
  const leash = pathToFileURL(join(built, 'bench/machine/end-with-parent.js')).href;
  const child = spawn(process.execPath, [...profiling, '--import', leash, join(built, `apps/${name}/main.js`)], {
    env: { ...process.env, PYC_ROOT: folder },
    stdio: ['ignore', log.fd, 'inherit', 'ipc'],
  });
  await log.close();
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const failed = exited.then(async () => {
    throw new Error(`the ${name} ended by itself: ${await lastLines(logFile)}`);
  });
  failed.catch(() => undefined);
  await Promise.race([ready(url, LONGEST_START), failed]);
  return {
    pid: pidOf(child),
    url,
    failed,
    async stop() {
      child.kill('SIGTERM');
      const overdue = setTimeout(() => child.kill('SIGKILL'), LONGEST_STOP);
      await exited;
      clearTimeout(overdue);
      tidy();
      process.off('exit', tidy);
    },
  };
}

/** The defaults, but for what lets the bench run by itself on one machine. */
function configText(port: number, { databaseUrl, queueUrl, maintained = false }: FleetProcessOptions): string {
  return stringify({
    server: { port },
    worker: { port },
    database: { url: databaseUrl },
    queue: { url: queueUrl },
    delivery: { ...(!maintained && { interval: 3600 }), network: { allow: ['127.0.0.1'] } },
    ...(!maintained && { purge: { interval: 0 } }),
    security: { secret: SECRET, admin: { password: 'nobody signs in here' } },
    log: { level: 'info', format: 'json' },
  });
}

async function ready(url: string, within: number): Promise<void> {
  const deadline = performance.now() + within;
  while (performance.now() < deadline) {
    const response = await fetch(`${url}/readyz`).catch(() => null);
    if (response?.ok === true) return;
    await sleep(BETWEEN_LOOKS);
  }
  throw new Error(`${url}/readyz did not answer 200 within ${within / 1000} s`);
}

async function lastLines(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trimEnd().split('\n').slice(-5).join('\n');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
