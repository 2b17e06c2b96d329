import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterUs, until } from '#testkit';
import type { SceneServers } from '../../faults/scene.ts';
import { configText } from '../../system/index.ts';

export interface LoggingProcess {
  readonly url: string;
  /** Its log. */
  readonly file: string;
  /** SIGTERM, and its exit status. */
  stop(): Promise<number | null>;
}

const root = join(import.meta.dirname, '../../..');

/** Starts `dist/apps/standalone/main.js` in a folder, with its log in a file there: nobody reads along, so that it is ready when it answers. */
export async function startLoggingToFile(
  { databaseUrl, queueUrl }: SceneServers,
  folder: string,
): Promise<LoggingProcess> {
  const port = randomInt(20_000, 32_000);
  const file = join(folder, 'log');
  await mkdir(join(folder, 'config'));
  await writeFile(
    join(folder, 'config/application.yaml'),
    configText({ server: { port }, database: { url: databaseUrl }, queue: { url: queueUrl } }),
  );
  const log = await open(file, 'a');
  const child = spawn(process.execPath, [join(root, 'dist/apps/standalone/main.js')], {
    env: { ...process.env, PYC_ROOT: folder, PYC_CONFIG: '/config/application.yaml' },
    stdio: ['ignore', log.fd, 'inherit'],
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const callOff = afterUs('kill -KILL "$0"', String(child.pid));
  await log.close();
  const url = `http://127.0.0.1:${port}`;
  await until(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200));
  return {
    url,
    file,
    async stop() {
      child.kill('SIGTERM');
      const [status] = await ended;
      callOff();
      return status;
    },
  };
}
