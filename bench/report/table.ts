import Table from 'cli-table3';
import { DESIGNS, type Design } from '../scenarios/scenario.ts';
import type { Result } from './result.ts';
import type { Spread } from './statistics.ts';

const TITLES: Readonly<Record<Design, string>> = { ours: 'ours', ceiling: 'ceiling', rowByRow: 'row by row' };

/** The figures of one back end, with the aims beside them. */
export function tableOf(results: readonly Result[]): string {
  const table = new Table({
    head: ['scenario', 'ours/s', 'ceiling/s', 'ratio', 'row by row/s', 'times faster', 'CPU µs each, by process'],
    style: { head: [], border: [] },
  });
  for (const { scenario, perSecond, ratio, times, aims, cpu } of results) {
    table.push([
      scenario,
      withAim(perSecond.ours, whole, aims.perSecond),
      withAim(perSecond.ceiling, whole, undefined),
      withAim(ratio, hundredths, aims.ratio),
      withAim(perSecond.rowByRow, whole, undefined),
      withAim(times, tenths, aims.times),
      DESIGNS.map((design) => `${TITLES[design].padEnd(10)} ${cpuText(cpu[design])}`).join('\n'),
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

function cpuText(cpu: Readonly<Record<string, number>>): string {
  const parts = Object.entries(cpu).map(([name, value]) => `${name} ${whole(value)}`);
  const sum = Object.values(cpu).reduce((total, value) => total + value, 0);
  return `${parts.join(' + ')} = ${whole(sum)}`;
}

const whole = (value: number) => (Number.isFinite(value) ? Math.round(value).toLocaleString('en') : '?');
const tenths = (value: number) => value.toFixed(1);
const hundredths = (value: number) => value.toFixed(2);
