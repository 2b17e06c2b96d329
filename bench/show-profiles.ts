import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sharesByPlace, type CpuProfile } from './report/profile-shares.ts';
import { markdownTable } from './report/fill-markers.ts';

const USAGE = `npm run bench:profile -- FOLDER
  Where the time went, by library and folder, in the CPU profiles that npm run bench -- --profile FOLDER wrote.`;

/** Of the time at work; what has less is not shown. */
const LEAST = 0.01;

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else {
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile')).toSorted()) {
    const profile = JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile;
    const shares = sharesByPlace(profile).filter(({ share }) => share >= LEAST);
    const rows = shares.map(({ name, share }) => [name, `${(share * 100).toFixed(1)} %`]);
    process.stdout.write(`${file}\n\n${markdownTable(['place', 'share'], rows)}\n\n`);
  }
}
