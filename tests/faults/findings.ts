import type { Verdict } from '#testkit';

/** What one row of FAULTS.md came to on one back end. */
interface Finding {
  readonly row: string;
  readonly backEnd: string;
  readonly verdict: Verdict;
  /** Seconds from the fault to where everything went on; null where nothing had to recover. */
  readonly recovery: number | null;
}

const findings: Finding[] = [];

export function noteFinding(finding: Finding): void {
  findings.push(finding);
}

/** Prints what the file has found, when its tests are over. */
export function printFindings(): void {
  afterAll(() => {
    const rows = findings.map(({ row, backEnd, verdict, recovery }) => [
      row,
      backEnd,
      String(verdict.lost),
      String(verdict.duplicates),
      recovery === null ? '' : `${recovery.toFixed(1)} s`,
    ]);
    process.stdout.write(`${table([['row', 'back end', 'lost', 'duplicates', 'recovery'], ...rows])}\n`);
  });
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}
