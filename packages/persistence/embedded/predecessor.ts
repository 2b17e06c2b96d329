import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Report } from '#core';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { stopServer, type LaunchOptions } from './postmaster.ts';

const OWNER = 'owner.pid';

/**
 * A server still running on our data was left by a process that died uncleanly: it is stopped, so that the new one has our settings and
 * its log. If the process that started it is alive, it is at work, and we must not take its database away.
 */
export async function stopPredecessor(
  home: string,
  options: Pick<LaunchOptions, 'binaries' | 'data' | 'user'> & { report: Report },
): Promise<void> {
  const pid = await readPid(join(options.data, 'postmaster.pid'));
  if (pid === undefined || !(await isServerOf(pid, options.data))) return;
  const owner = await readPid(join(home, OWNER));
  if (owner !== undefined && isAlive(owner)) throw inUse(options.data, owner);
  options.report.warn('postgres.predecessor-stopped', { pid, owner, data: options.data });
  await stopServer(options, 'fast');
}

export function inUse(data: string, owner: number | undefined): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'POSTGRES_IN_USE',
    `The embedded PostgreSQL in ${data} is in use by ${owner === undefined ? 'another process' : `process ${owner}`}. ` +
      'Stop that one first, or set database.path to another folder.',
  );
}

export async function claim(home: string): Promise<void> {
  await writeFile(join(home, OWNER), `${process.pid}\n`);
}

export async function giveUpClaim(home: string): Promise<void> {
  await rm(join(home, OWNER), { force: true });
}

/**
 * PostgreSQL trusts its pid file when a process has that number, whichever it is: after the restart of a container it may be any.
 * Removes the file when its process is no server of this data; answers whether it did.
 */
export async function removeStalePidFile(data: string): Promise<boolean> {
  const file = join(data, 'postmaster.pid');
  const pid = await readPid(file);
  if (pid === undefined || (await isServerOf(pid, data))) return false;
  await rm(file, { force: true });
  return true;
}

/** The number in the first line of a pid file; undefined without one. */
async function readPid(file: string): Promise<number | undefined> {
  try {
    const pid = Number.parseInt(await readFile(file, 'utf8'), 10);
    return pid > 0 ? pid : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether a process is a PostgreSQL server of this data: told from its command line, since numbers are used again. */
async function isServerOf(pid: number, data: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const command = await commandOf(pid);
  return command === undefined || command.includes(data);
}

/** Undefined where a process's command can't be read. */
async function commandOf(pid: number): Promise<string | undefined> {
  try {
    if (process.platform === 'linux') return await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return (await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)])).stdout;
  } catch {
    // It ended meanwhile, or there is no `ps`: the caller takes the careful way.
    return undefined;
  }
}
