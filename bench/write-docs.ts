import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { chartOf } from './report/chart.ts';
import { mergeFigures, type Figures } from './report/figures.ts';
import { fillMarkers } from './report/fill-markers.ts';
import { performanceTexts } from './report/markdown.ts';
import { scalingTexts } from './scaling/markdown.ts';

const USAGE = `npm run bench:docs -- FIGURES.json [FIGURES.json ...]
  Writes what npm run bench -- --json FIGURES.json measured into docs/performance.md and docs/scaling.md, and the chart.
  Of a scenario that several files have on the same back end, the later one counts.`;

/** This file is built to `dist/bench`. */
const docs = join(import.meta.dirname, '../../docs');

async function readFigures(file: string): Promise<Figures> {
  return JSON.parse(await readFile(file, 'utf8')) as Figures;
}

async function fill(page: string, texts: Readonly<Record<string, string>>): Promise<void> {
  const file = join(docs, page);
  const filled = fillMarkers(await readFile(file, 'utf8'), texts);
  await writeFile(file, await format(filled, { ...(await resolveConfig(file)), filepath: file }));
}

const files = process.argv.slice(2);
if (files.length === 0) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else {
  const figures = mergeFigures(await Promise.all(files.map(readFigures)));
  await fill('performance.md', performanceTexts(figures));
  await fill('scaling.md', scalingTexts(figures));
  await mkdir(join(docs, 'images'), { recursive: true });
  await writeFile(join(docs, 'images/bench.svg'), chartOf(figures));
}
