import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { runProgram } from './run-program.ts';
import type { ServerUser } from './server-user.ts';

/** The superuser of the cluster; the only one, since nobody but us connects. */
export const ROLE = 'orchestrator';

/** What is on disk before a server can be started. */
export interface Cluster {
  /** PostgreSQL's data directory. */
  readonly data: string;
  readonly password: string;
}

/** Makes the cluster in `home` when there is none yet; else checks that it can be started with these binaries. */
export async function prepareCluster(home: string, binaries: Binaries, user: ServerUser | undefined): Promise<Cluster> {
  const data = join(home, 'data');
  const passwordFile = join(home, 'password');
  const major = await readIfThere(join(data, 'PG_VERSION'));
  if (major !== undefined) {
    refuseOtherMajor(data, major, binaries.major);
    return { data, password: await keptPassword(passwordFile) };
  }
  const password = (await readIfThere(passwordFile)) ?? (await makePassword(passwordFile, user));
  await initialise(data, passwordFile, binaries, user);
  return { data, password };
}

function refuseOtherMajor(data: string, found: string, expected: string): void {
  if (found === expected) return;
  throw new EmbeddedPostgresError(
    'POSTGRES_VERSION',
    `The data in ${data} was written by PostgreSQL ${found}, and this version brings PostgreSQL ${expected}, which can't read it. ` +
      `Dump it with the version that wrote it (pg_dump) and restore the dump into an empty folder, ` +
      'or set database.path to another folder to start anew; or run that PostgreSQL yourself and set database.url.',
  );
}

async function keptPassword(file: string): Promise<string> {
  const password = await readIfThere(file);
  if (password !== undefined) return password;
  throw new EmbeddedPostgresError(
    'POSTGRES_PASSWORD',
    `The embedded PostgreSQL has data, but the file with its password, ${file}, is gone. Restore it from a backup.`,
  );
}

async function makePassword(file: string, user: ServerUser | undefined): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  if (user) await chown(file, user.uid, user.gid);
  return password;
}

/** Initialised under another name first, so that data that is there is whole. */
async function initialise(
  data: string,
  passwordFile: string,
  binaries: Binaries,
  user: ServerUser | undefined,
): Promise<void> {
  const draft = `${data}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  if (user) await chown(draft, user.uid, user.gid);
  // The built-in locale sorts by code point, the same on every system, and knows the letters of all scripts.
  const flags = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const { code, output } = await runProgram(
    binaries.initdb,
    [`--pgdata=${draft}`, `--username=${ROLE}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', ...flags],
    user,
  );
  if (code !== 0) {
    throw new EmbeddedPostgresError(
      'POSTGRES_START',
      `initdb could not make the data of the embedded PostgreSQL:\n${output}`,
    );
  }
  await rename(draft, data);
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
