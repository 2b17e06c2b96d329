import { createHash } from 'node:crypto';
import { chown, mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Report } from '#core';
import { canEnter } from './can-enter.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import type { ServerUser } from './server-user.ts';

/** Where data goes when the wanted folder is closed to the server's user. Only root needs it, and root can write here. */
const ELSEWHERE = '/var/lib/distribution-orchestrator';

/** Makes the folder that everything of the embedded server lies in, owned by the user that the server runs as. */
export async function prepareHome(folder: string, user: ServerUser | undefined, report: Report): Promise<string> {
  const wanted = resolve(folder);
  try {
    await mkdir(dirname(wanted), { recursive: true });
    const home = (await canEnter(await realpath(dirname(wanted)), user)) ? wanted : elsewhere(wanted);
    await mkdir(home, { recursive: true, mode: 0o755 });
    if (user) await chown(home, user.uid, user.gid);
    if (home !== wanted) {
      report.warn('postgres.relocated', { wanted, folder: home, reason: 'the user "postgres" may not enter it' });
    }
    return home;
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'POSTGRES_PERMISSION',
      `The folder ${wanted} can't be made or used for the embedded PostgreSQL (${(cause as Error).message}). ` +
        'Set database.path to a folder that we may write in.',
      { cause },
    );
  }
}

/** The same place for the same wanted folder at every start, and another one for every other. */
function elsewhere(wanted: string): string {
  const digest = createHash('sha256').update(wanted).digest('hex').slice(0, 8);
  return join(ELSEWHERE, `${basename(wanted)}-${digest}`);
}
