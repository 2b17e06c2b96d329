import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableOf, type Finding } from './finding.ts';

// Runs every row of the table of faults, and prints what they came to: `npm run test:faults -- [a part of a file's name]`.

/** Files that keep the machine busy by themselves, and those that compare how fast something is. */
const BUSY = ['everything-at-random', 'killed-every-second', 'many-at-once'];
const COMPARING = ['hanging-nodes'];

/** Jest's arguments for one go after the other. Most rows wait, for a lease or a server, so that several of them take no longer than one. */
const GOES: readonly (readonly string[])[] = [
  [...BUSY, ...COMPARING].flatMap((part) => ['--testPathIgnorePatterns', part]).concat('--maxWorkers=4'),
  [...BUSY, '--maxWorkers=2'],
  [...COMPARING, '--runInBand'],
];

/** Runs jest with these arguments in addition; answers its exit status. */
async function runJest(findings: string, args: readonly string[]): Promise<number> {
  const command = ['node_modules/jest/bin/jest.js', '-c', 'tests/faults/jest.config.mjs', ...args];
  const env = { ...process.env, FAULTS: 'full', FAULTS_FINDINGS: findings };
  const [status] = (await once(spawn(process.execPath, command, { env, stdio: 'inherit' }), 'exit')) as [number | null];
  return status ?? 1;
}

async function readFindings(file: string): Promise<Finding[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Finding);
}

const folder = await mkdtemp(join(tmpdir(), 'orchestrator-faults-'));
const file = join(folder, 'findings');
await writeFile(file, '');
const asked = process.argv.slice(2);
let status = 0;
for (const args of asked.length > 0 ? [asked] : GOES) status = Math.max(status, await runJest(file, args));
const findings = await readFindings(file);
await rm(folder, { recursive: true });
process.stdout.write(`\n${tableOf(findings)}\n`);
// A row that found nothing has failed before it could, which jest's own status says.
process.exitCode = findings.some(({ verdict }) => verdict.lost > 0) ? 1 : status;
