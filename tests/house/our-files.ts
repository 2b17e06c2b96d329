import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** Made by tools, or by a start on this machine: never committed, as .gitignore says. */
const MADE = new Set(['.git', 'node_modules', 'dist', 'data', 'coverage', 'generated', '.env']);

/** The paths of all files that are ours, from the root. Git isn't asked: it may not be there. */
export function ourFiles(folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !MADE.has(name) && !name.endsWith('.log'))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      return entry.isDirectory() ? ourFiles(path) : [path];
    });
}

/** A text file of ours. */
export function readOurs(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
