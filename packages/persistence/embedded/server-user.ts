import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

const run = promisify(execFile);

/** The user that PostgreSQL runs as; undefined: the one we run as ourselves. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

const NAME = 'postgres';

/** PostgreSQL refuses to run as root. When we are root it runs as the user `postgres`, which is made if the system has none. */
export async function findServerUser(uid = process.getuid?.()): Promise<ServerUser | undefined> {
  if (uid !== 0) return undefined;
  return (await lookUp()) ?? (await create());
}

async function lookUp(): Promise<ServerUser | undefined> {
  try {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, NAME])));
    return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
  } catch {
    // `id` fails for a name that it doesn't know.
    return undefined;
  }
}

async function create(): Promise<ServerUser> {
  try {
    await run('groupadd', ['--system', '--force', NAME]);
    await run('useradd', ['--system', '--no-create-home', '--gid', NAME, NAME]);
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'POSTGRES_PERMISSION',
      `PostgreSQL refuses to run as root, and a user "${NAME}" could not be made for it. ` +
        `Make one (groupadd ${NAME} && useradd -g ${NAME} ${NAME}), or start us as an ordinary user.`,
      { cause },
    );
  }
  const user = await lookUp();
  if (!user) throw new EmbeddedPostgresError('POSTGRES_PERMISSION', `The user "${NAME}" was made but can't be found.`);
  return user;
}
