import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdtemp, open, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterUs } from './leash.ts';

const run = promisify(execFile);

/** A file system of a test's own, small enough to be filled. */
export interface SmallDisk {
  readonly folder: string;
  /** Takes what is left of it. */
  fill(): Promise<void>;
  /** Gives that back. */
  free(): Promise<void>;
  /** Removes it, and all that lies on it. */
  remove(): Promise<void>;
}

const CHUNK = Buffer.alloc(64 * 1024);

/** Makes one of so many megabytes, in memory; null where mounting is not permitted, which takes root and more in a container. */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk | null> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', folder]);
  } catch {
    // No such program, or no such right: what it says differs with every system.
    await rmdir(folder);
    return null;
  }
  const callOff = afterUs('umount -l "$0" && rmdir "$0"', folder);
  const ballast = join(folder, 'ballast');
  return {
    folder,
    fill: () => fill(ballast),
    free: () => rm(ballast, { force: true }),
    async remove() {
      callOff();
      await run('umount', ['-l', folder]);
      await rmdir(folder);
    },
  };
}

async function fill(ballast: string): Promise<void> {
  const file = await open(ballast, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
  try {
    for (let size = CHUNK.length; size > 0;) {
      try {
        await file.write(CHUNK, 0, size);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        // The last bytes go one by one.
        size = size === 1 ? 0 : Math.ceil(size / 64);
      }
    }
  } finally {
    await file.close();
  }
}
