import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readOurs, root } from './our-files.ts';

/** The faults that we survive, by number. */
const ROWS = Array.from({ length: 47 }, (_, i) => i + 1);

const listed = new Map(
  readOurs('docs/reliability.md')
    .split('\n')
    .flatMap((line) => {
      const [, row, ...cells] = line.split('|').map((cell) => cell.trim());
      const files = cells.join(' ').match(/tests\/faults[\w/.-]*\.test\.ts/g);
      return files === null ? [] : [[Number(row), files] as const];
    }),
);

test('docs/reliability.md lists every fault, and no other', () => {
  expect([...listed.keys()]).toEqual(ROWS);
});

test.each(ROWS)('row %i is shown by the files that are named for it', (row) => {
  const files = listed.get(row) ?? [];
  expect(files).not.toEqual([]);
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  expect(files.filter((file) => !new RegExp(String.raw`\brow:? '?${row}\b`).test(readOurs(file)))).toEqual([]);
});
