import { randomUUID } from 'node:crypto';
import { access, cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { canEnter } from './can-enter.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import type { ServerUser } from './server-user.ts';

/** The server's programs, where its user may run them. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly pg_ctl: string;
  /** PostgreSQL's major version. */
  readonly major: string;
}

interface InstalledPackage {
  readonly folder: string;
  readonly version: string;
}

/** A link that npm can't pack; the package's install script makes them, unless install scripts are off. */
interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * The binaries of the npm package, used where they lie when that works: all library links are there and `user` may enter. Else a copy
 * that is whole and open, in `copies`, made once a version; node_modules is never written to.
 */
export async function prepareBinaries(
  copies: string,
  user: ServerUser | undefined,
  installed: InstalledPackage = findInstalledPackage(),
): Promise<Binaries> {
  const links = await readLinks(installed.folder);
  if ((await hasLinks(installed.folder, links)) && (await canEnter(join(installed.folder, 'native/bin'), user))) {
    return binariesIn(installed.folder, installed.version);
  }
  const copy = join(copies, `binaries-${installed.version}`);
  if (!(await exists(copy))) await makeCopy(installed.folder, links, copy);
  return binariesIn(copy, installed.version);
}

/** The package of this platform. It is found, not imported: we want its files only. */
export function findInstalledPackage(
  platform: string = process.platform,
  arch: string = process.arch,
): InstalledPackage {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`;
  try {
    const require = createRequire(import.meta.url);
    const folder = dirname(dirname(require.resolve(name)));
    const { version } = require(join(folder, 'package.json')) as { version: string };
    return { folder, version };
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'POSTGRES_BINARIES',
      `The npm package ${name} with PostgreSQL's binaries is not installed. Install without --omit=optional; ` +
        'if there is none for this platform, set database.url to a PostgreSQL server.',
      { cause },
    );
  }
}

async function readLinks(folder: string): Promise<readonly Link[]> {
  const file = join(folder, 'native/pg-symlinks.json');
  return (await exists(file)) ? (JSON.parse(await readFile(file, 'utf8')) as Link[]) : [];
}

async function hasLinks(folder: string, links: readonly Link[]): Promise<boolean> {
  const found = await Promise.all(links.map(({ target }) => exists(join(folder, target))));
  return found.every(Boolean);
}

/** Made under another name first, so that a copy that is there is whole, whoever else is making one. */
async function makeCopy(folder: string, links: readonly Link[], copy: string): Promise<void> {
  const draft = `${copy}.${randomUUID()}`;
  try {
    await mkdir(draft, { recursive: true, mode: 0o755 });
    // Verbatim: links as they are, not bent to point back into the package.
    const options = { recursive: true, verbatimSymlinks: true, filter: (from: string) => !from.endsWith('.a') };
    await cp(join(folder, 'native'), join(draft, 'native'), options);
    for (const { source, target } of links) {
      const at = join(draft, target);
      if (!(await exists(at))) await symlink(relative(dirname(at), join(draft, source)), at);
    }
    await rename(draft, copy);
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    if (await exists(copy)) return;
    throw new EmbeddedPostgresError(
      'POSTGRES_BINARIES',
      `PostgreSQL's binaries can't be used where they are (${folder}) nor be copied to ${copy}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

function binariesIn(folder: string, version: string): Binaries {
  const program = (name: string) => join(folder, 'native/bin', process.platform === 'win32' ? `${name}.exe` : name);
  return {
    postgres: program('postgres'),
    initdb: program('initdb'),
    pg_ctl: program('pg_ctl'),
    major: basename(version).split('.')[0] ?? version,
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
