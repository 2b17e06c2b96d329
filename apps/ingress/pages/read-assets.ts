import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** A file as it is answered. */
export interface Asset {
  readonly contentType: string;
  readonly etag: string;
  /** Its name changes with its content: it may be kept for ever. */
  readonly isImmutable: boolean;
  /** Each is made once, when it is first asked for. */
  readonly encodings: Readonly<Record<'br' | 'gzip' | 'identity', () => Promise<Buffer>>>;
}

/** By path, `/` in front. Nothing else can be asked for, whatever is in a path. */
export type Assets = ReadonlyMap<string, Asset>;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** `dist/console` of the tree this file runs in, built or not; null where the console was not built. */
export function findConsole(): string | null {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, 'dist/console');
    if (existsSync(join(candidate, 'index.html'))) return candidate;
    if (dirname(folder) === folder) return null;
  }
}

/** Reads a folder once: it is half a megabyte, and asked for again and again. */
export function readAssets(folder: string): Assets {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const path = `/${relative(folder, file).split(sep).join('/')}`;
      return [path, readAsset(file, path)];
    }),
  );
}

function readAsset(file: string, path: string): Asset {
  const bytes = readFileSync(file);
  return {
    contentType: CONTENT_TYPES[extname(file)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    isImmutable: path.startsWith('/assets/'),
    encodings: {
      // Level 11 takes a second for the last two per cent.
      br: once(() => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })),
      gzip: once(() => promisify(gzip)(bytes, { level: 9 })),
      identity: () => Promise.resolve(bytes),
    },
  };
}

/** Compressing all of it took the half of a start: an ingress that comes back takes messages first. */
function once(make: () => Promise<Buffer>): () => Promise<Buffer> {
  let made: Promise<Buffer> | undefined;
  return () => (made ??= make());
}
