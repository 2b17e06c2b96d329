// Prints what is shipped, after the lock file, as a CycloneDX document: `npm run sbom`.
// Not `npm sbom --omit dev`: that also leaves out what is shipped and used by a tool of ours as well.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const read = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'));
const { devDependencies: _, ...manifest } = read('package.json');
const lock = read('package-lock.json');
const shipped = Object.entries(lock.packages).filter(([place, { dev }]) => place !== '' && dev !== true);
const { devDependencies: __, ...ours } = lock.packages[''];

// npm names the product after its folder.
const above = mkdtempSync(join(tmpdir(), 'sbom-'));
const folder = join(above, manifest.name);
try {
  mkdirSync(folder);
  const write = (name, value) => writeFileSync(join(folder, name), JSON.stringify(value));
  write('package.json', { ...manifest, scripts: {} });
  write('package-lock.json', { ...lock, packages: { '': ours, ...Object.fromEntries(shipped) } });
  const options = ['--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'];
  const { status } = spawnSync('npm', ['sbom', ...options], { cwd: folder, stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  rmSync(above, { recursive: true });
}
