import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

/** The older version's processes, without its tests; and its types are its own affair. */
const TSCONFIG = { extends: './tsconfig.json', include: ['apps', 'packages'], compilerOptions: { noCheck: true } };

/** The commit before the one that brought the newest migration; null where the history is not there, as in a shallow clone. */
export async function olderCommit(): Promise<string | null> {
  const entries = await readdir(join(root, 'prisma/migrations'), { withFileTypes: true });
  const newest = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted()
    .at(-1);
  try {
    const path = `prisma/migrations/${newest}/migration.sql`;
    const brought = await git('log', '-1', '--diff-filter=A', '--format=%H', '--', path);
    return await git('rev-parse', '--verify', '--quiet', `${brought}^`);
  } catch {
    return null;
  }
}

/** Builds a commit with the libraries that are here; answers its folder, which is the caller's to remove. */
export async function buildCommit(commit: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-older-'));
  const archive = join(folder, 'tree.tar');
  await mkdir(join(folder, 'tree'));
  await git('archive', '--output', archive, commit);
  const tree = join(folder, 'tree');
  await run('tar', ['-xf', archive, '-C', tree]);
  await symlink(join(root, 'node_modules'), join(tree, 'node_modules'));
  await writeFile(join(tree, 'tsconfig.older.json'), JSON.stringify(TSCONFIG));
  await run(process.execPath, ['prisma/generate.mjs'], { cwd: tree });
  await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.older.json'], { cwd: tree });
  return tree;
}

async function git(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', [...args], { cwd: root });
  return stdout.trim();
}
