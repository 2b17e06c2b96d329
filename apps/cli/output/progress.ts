import type { Writable } from 'node:stream';

/** How far something long has come: a bar on a terminal, nothing where none is. */
export interface Progress {
  /** @param done of `total`. */
  at(done: number): void;
  /** Takes the bar away. */
  end(): void;
}

const WIDTH = 30;
const ERASE = '\r\u001b[K';

/** The bar goes to stderr, so that stdout is nothing but the result. */
export function createProgress(
  { stderr }: { readonly stderr: Writable & { readonly isTTY?: boolean } },
  total: number,
): Progress {
  if (stderr.isTTY !== true || total === 0) return { at: () => undefined, end: () => undefined };
  return {
    at(done) {
      const filled = Math.min(WIDTH, Math.round((done / total) * WIDTH));
      stderr.write(`${ERASE}[${'#'.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${done} of ${total}`);
    },
    end: () => void stderr.write(ERASE),
  };
}
