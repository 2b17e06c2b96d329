import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// A table that names tests which are gone says that a sentence is held, and it is not.

const folder = import.meta.dirname;
const readme = readFileSync(join(folder, 'README.md'), 'utf8');
const rows = [...readme.matchAll(/^\|.*\| ([a-z-]+) *\| `(.+)` *\|$/gm)].map(([, file = '', name = '']) => ({
  file,
  name,
}));
const sourceOf = (file: string) => readFileSync(join(folder, `${file}.test.ts`), 'utf8').replaceAll("\\'", "'");
const hasTest = (file: string, name: string) =>
  ["'", '"', '`'].some((quote) => sourceOf(file).includes(quote + name + quote));

test('every test that the table names exists', () => {
  expect(rows.length).toBeGreaterThan(100);
  expect(rows.filter(({ file, name }) => !hasTest(file, name))).toEqual([]);
});

test('every file of tests is in the table', () => {
  const files = readdirSync(folder).flatMap((name) => /^(.+)\.test\.ts$/.exec(name)?.[1] ?? []);
  expect(files.filter((file) => file !== 'readme' && !readme.includes(file))).toEqual([]);
});

test('every sample is sent', () => {
  const samples = readdirSync('samples').filter((name) => name !== 'README.md');
  const source = sourceOf('samples');
  expect(samples.filter((name) => !source.includes(name))).toEqual([]);
});
