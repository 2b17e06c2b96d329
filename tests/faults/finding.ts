import type { Verdict } from '#testkit';

/** What one row of FAULTS.md came to on one back end. */
export interface Finding {
  /** The row's number, and what of it. */
  readonly row: string;
  readonly backEnd: string;
  readonly verdict: Pick<Verdict, 'lost' | 'duplicates'>;
  /** Seconds from the fault to where everything went on; null where nothing had to recover. */
  readonly recovery: number | null;
  /** What else was measured. */
  readonly note?: string;
}

const HEAD = ['row', 'back end', 'lost', 'duplicates', 'recovery', 'measured'] as const;

/** All of them as a table, in the order of the rows. */
export function tableOf(findings: readonly Finding[]): string {
  const sorted = findings.toSorted(
    (one, other) =>
      one.row.localeCompare(other.row, 'en', { numeric: true }) || one.backEnd.localeCompare(other.backEnd),
  );
  return alignedText([HEAD, ...sorted.map(cellsOf)]);
}

function cellsOf({ row, backEnd, verdict, recovery, note = '' }: Finding): readonly string[] {
  const seconds = recovery === null ? '' : `${recovery.toFixed(1)} s`;
  return [row, backEnd, String(verdict.lost), String(verdict.duplicates), seconds, note];
}

function alignedText(rows: readonly (readonly string[])[]): string {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lineOf = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return rows.map((row) => lineOf(row).trimEnd()).join('\n');
}
