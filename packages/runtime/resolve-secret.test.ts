import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveSecret } from './resolve-secret.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'resolve-secret-'))));
afterEach(() => rm(folder, { recursive: true }));

const embedded = () => ({ security: {}, database: { url: 'embedded', path: join(folder, 'data/postgres') } });
const file = () => join(folder, 'data/postgres.secret');

test('a configured secret is taken as it is, and nothing is written', async () => {
  expect(await resolveSecret({ ...embedded(), security: { secret: 'configured' } })).toBe('configured');
  expect(await readdir(folder)).toEqual([]);
});

test('beside the embedded database one is made once and found again, readable by its owner only', async () => {
  const secret = await resolveSecret(embedded());
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
  expect(await resolveSecret(embedded())).toBe(secret);
  expect((await stat(file())).mode & 0o777).toBe(0o600);
  expect(await readdir(join(folder, 'data'))).toEqual(['postgres.secret']);
});

test('two databases have two secrets', async () => {
  const other = { ...embedded(), database: { url: 'embedded', path: join(folder, 'data/other') } };
  expect(await resolveSecret(embedded())).not.toBe(await resolveSecret(other));
});

test('processes that start at once agree on one', async () => {
  const secrets = await Promise.all(Array.from({ length: 20 }, () => resolveSecret(embedded())));
  expect(new Set(secrets).size).toBe(1);
  expect(await readdir(join(folder, 'data'))).toEqual(['postgres.secret']);
});

test('a file that others could read is closed to them', async () => {
  const secret = await resolveSecret(embedded());
  await chmod(file(), 0o644);
  expect(await resolveSecret(embedded())).toBe(secret);
  expect((await stat(file())).mode & 0o777).toBe(0o600);
});

test('a damaged file is an error and is left alone', async () => {
  await resolveSecret(embedded());
  await writeFile(file(), 'half');
  await expect(resolveSecret(embedded())).rejects.toThrow(/restore it from a backup/);
  expect(await readFile(file(), 'utf8')).toBe('half');
});

test('with an external database nothing is made up', async () => {
  await expect(resolveSecret({ security: {}, database: { url: 'postgres://db/x', path: '/x' } })).rejects.toThrow(
    /security\.secret/,
  );
});
