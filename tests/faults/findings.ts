import { appendFileSync } from 'node:fs';
import { tableOf, type Finding } from './finding.ts';

/** Where `npm run test:faults` gathers what all files find; each file prints its own where that is not set. */
const gathered = process.env['FAULTS_FINDINGS'];

const findings: Finding[] = [];

export function noteFinding(finding: Finding): void {
  findings.push(finding);
  if (gathered !== undefined) appendFileSync(gathered, `${JSON.stringify(finding)}\n`);
}

/** Prints what the file has found, when its tests are over. */
export function printFindings(): void {
  if (gathered !== undefined) return;
  afterAll(() => void process.stdout.write(`${tableOf(findings)}\n`));
}
