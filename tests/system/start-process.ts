import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BackEnd } from '#testkit';
import { mustStaySecret } from './secrets.ts';
import { configText, type ConfigChange } from './test-config.ts';

/** One event of a process's log. */
export type Logged = Readonly<Record<string, unknown>> & { readonly event?: string };

/** A real process of the fleet, built, with a configuration file of its own. */
export interface FleetProcess {
  readonly pid: number;
  /** Where it answers: the ingress's API, a worker's `/readyz`. */
  readonly url: string;
  readonly log: readonly Logged[];
  /** Resolves with the first event of that name from now on, or one that was there; rejects when the process ends before. */
  logged(event: string): Promise<Logged>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit status, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** SIGTERM, and its end. Throws when a secret that went in or out was told in the log. */
  stop(): Promise<number | NodeJS.Signals>;
}

const root = join(import.meta.dirname, '../..');

/** Starts `dist/apps/<name>/main.js`, of this tree unless another one is named, and resolves once it is ready. */
export async function startProcess(
  name: 'ingress' | 'worker' | 'standalone',
  { databaseUrl, queueUrl }: Pick<BackEnd, 'databaseUrl' | 'queueUrl'>,
  change: ConfigChange = {},
  env: Readonly<Record<string, string>> = {},
  tree = root,
): Promise<FleetProcess> {
  const folder = await mkdtemp(join(tmpdir(), `orchestrator-${name}-`));
  const port = await freePort();
  const ports: ConfigChange = name === 'worker' ? { worker: { port } } : { server: { port } };
  await mkdir(join(folder, 'config'));
  await writeFile(
    join(folder, 'config/application.yaml'),
    configText(change, ports, { database: { url: databaseUrl }, queue: { url: queueUrl } }),
  );
  const child = spawn(process.execPath, [join(tree, `dist/apps/${name}/main.js`)], {
    env: { ...process.env, ...env, PYC_ROOT: folder, PYC_CONFIG: '/config/application.yaml' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit').then(([status, signal]) => (signal ?? status) as number | NodeJS.Signals);
  void ended.then(() => rm(folder, { recursive: true, force: true }));
  const { log, logged } = readLog(child, ended);
  await logged('process.started');
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${port}`,
    log,
    logged,
    ended,
    kill: (signal) => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM');
      const end = await ended;
      mustStaySecret(log.map((entry) => JSON.stringify(entry)));
      return end;
    },
  };
}

function readLog(child: ChildProcess, ended: Promise<unknown>): Pick<FleetProcess, 'log' | 'logged'> {
  const log: Logged[] = [];
  const listeners = new Set<(entry: Logged) => void>();
  if (child.stdout !== null) {
    createInterface(child.stdout).on('line', (line) => {
      if (!line.startsWith('{')) return;
      const entry = JSON.parse(line) as Logged;
      log.push(entry);
      for (const listener of listeners) listener(entry);
    });
  }
  function logged(event: string): Promise<Logged> {
    const known = log.find((entry) => entry.event === event);
    if (known !== undefined) return Promise.resolve(known);
    const seen = new Promise<Logged>((resolve) => {
      listeners.add(function listener(entry) {
        if (entry.event !== event) return;
        listeners.delete(listener);
        resolve(entry);
      });
    });
    const failed = ended.then((end) => {
      throw new Error(`the process ended (${String(end)}) before ${event}: ${JSON.stringify(log.slice(-3))}`);
    });
    return Promise.race([seen, failed]);
  }
  return { log, logged };
}

/** Below what systems give to outgoing connections (from 32768, or 49152): a port from there may be taken before the process has it. */
const PORTS = { from: 20_000, to: 32_000 };

async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to);
    const server = createServer();
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
