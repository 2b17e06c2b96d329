import Table from 'cli-table3';
import type { IdleResult } from './idle.ts';

/** The figures of one back end, with the aims beside them. */
export function idleTableOf({ scenario, aims, cpu, memory, ...counts }: IdleResult): string {
  const head = ['scenario', 'CPU, % of a core', 'queries/s', 'queue operations/s', 'transactions/s', 'MiB'];
  const table = new Table({ head, style: { head: [], border: [] } });
  const shares = Object.entries(cpu).map(([name, share]) => `${name} ${percent(share)}`);
  const total = sum(Object.values(cpu));
  table.push([
    scenario,
    [...shares, percent(total), verdict(total < aims.cpu, `< ${percent(aims.cpu)}`)].join('\n'),
    [hundredths(counts.queries), verdict(counts.queries <= aims.queries, `≤ ${aims.queries}`)].join('\n'),
    tenths(counts.queueOperations),
    tenths(counts.transactions),
    Math.round(memory / 2 ** 20),
  ]);
  return table.toString();
}

const verdict = (met: boolean, aim: string) => `${aim}: ${met ? 'met' : 'MISSED'}`;
const percent = (share: number) => (share * 100).toFixed(2);
const hundredths = (value: number) => value.toFixed(2);
const tenths = (value: number) => value.toFixed(1);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
