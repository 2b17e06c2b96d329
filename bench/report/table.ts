import Table from 'cli-table3';
import { DESIGNS, type Design } from '../scenarios/scenario.ts';
import type { Cost, Result } from './result.ts';
import type { Spread } from './statistics.ts';

const MEBIBYTE = 2 ** 20;

const TITLES: Readonly<Record<Design, string>> = { ours: 'ours', ceiling: 'ceiling', rowByRow: 'row by row' };

/** The figures of one back end, with the aims beside them. */
export function tableOf(results: readonly Result[]): string {
  const table = new Table({
    head: ['scenario', 'ours/s', 'ceiling/s', 'ratio', 'row by row/s', 'times faster', 'of each, by process'],
    style: { head: [], border: [] },
  });
  for (const { scenario, designs, ratio, times, aims } of results) {
    const { ours, ceiling, rowByRow } = designs;
    table.push([
      scenario,
      withAim(ours.perSecond, whole, aims.perSecond),
      withAim(ceiling.perSecond, whole, undefined),
      withAim(ratio, hundredths, aims.ratio),
      rowByRow === undefined ? '' : withAim(rowByRow.perSecond, whole, undefined),
      times === null ? '' : withAim(times, tenths, aims.times),
      [...DESIGNS.flatMap((design) => costText(design, designs[design])), countsText(ours)].join('\n'),
    ]);
  }
  return table.toString();
}

/** The median, below it the least and the most of several runs, below those the aim and whether it is met. */
function withAim(spread: Spread, text: (value: number) => string, aim: number | undefined): string {
  const lines = [text(spread.median)];
  if (spread.min < spread.max) lines.push(`${text(spread.min)}–${text(spread.max)}`);
  if (aim !== undefined) lines.push(`≥ ${text(aim)}: ${spread.median >= aim ? 'met' : 'MISSED'}`);
  return lines.join('\n');
}

function costText(design: Design, cost: Cost | undefined): string[] {
  return cost === undefined ? [] : [`${TITLES[design].padEnd(10)} ${cpuText(cost.cpu)}`];
}

function cpuText(cpu: Readonly<Record<string, number>>): string {
  const parts = Object.entries(cpu).map(([name, value]) => `${name} ${whole(value)}`);
  const sum = Object.values(cpu).reduce((total, value) => total + value, 0);
  return `CPU µs ${parts.join(' + ')} = ${whole(sum)}`;
}

/** What the servers did for each of ours, and the most memory that a process of ours held. */
function countsText({ counts, memory, also }: Cost): string {
  const held = Object.entries(memory).map(([name, bytes]) => `${name} ${whole(bytes / MEBIBYTE)} MiB`);
  const seen = Object.entries(also).map(([name, value]) => `; ${name} ${whole(value)}`);
  const done = `${hundredths(counts.statements)} statements, ${hundredths(counts.queueOperations)} queue operations`;
  return `${done}, ${whole(counts.wal)} bytes of WAL; ${held.join(', ')}${seen.join('')}`;
}

const whole = (value: number) => (Number.isFinite(value) ? Math.round(value).toLocaleString('en') : '?');
const tenths = (value: number) => value.toFixed(1);
const hundredths = (value: number) => value.toFixed(2);
