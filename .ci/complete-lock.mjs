// Completes package-lock.json: `npm install` against a registry that does not have the binaries of every platform leaves the missing
// ones out of the lock file, and `npm ci` then refuses it everywhere. Run it after such an install; tests/house says when.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));

/** Optional dependencies without an entry: [name, version, entry of the package that wants it]. */
const missing = Object.entries(lock.packages).flatMap(([path, parent]) =>
  Object.entries(parent.optionalDependencies ?? {})
    .filter(([name]) => !isThere(path, name))
    .map(([name, version]) => [name, version, parent]),
);
for (const [name, version, parent] of missing) lock.packages[`node_modules/${name}`] = describe(name, version, parent);
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).toSorted(([one], [other]) => one.localeCompare(other, 'en')),
);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${missing.map(([name, version]) => `${name} ${version}\n`).join('')}${missing.length} added\n`);

/** In the folder of the one who wants it, or in one above. */
function isThere(path, name) {
  if (`${path}${path === '' ? '' : '/'}node_modules/${name}` in lock.packages) return true;
  return path !== '' && isThere(path.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, ''), name);
}

/** Without an integrity, which nobody here knows: npm takes the registry's word on the platform that needs it. */
function describe(name, version, parent) {
  const os = findWord(name, ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']);
  const cpu = findWord(name, ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64']);
  if (os === undefined || cpu === undefined || !/^\d/.test(version))
    throw new Error(`${name} ${version}: which platform?`);
  const libc = os !== 'linux' ? undefined : name.includes('musl') ? 'musl' : name.includes('gnu') ? 'glibc' : undefined;
  return {
    version,
    cpu: [cpu],
    ...(parent.dev && { dev: true }),
    ...(libc !== undefined && { libc: [libc] }),
    optional: true,
    os: [os],
  };
}

function findWord(name, words) {
  return words.find((word) => new RegExp(`[-/]${word}(?![a-z0-9])`).test(name));
}
