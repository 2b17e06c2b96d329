import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spreadOf } from '../report/statistics.ts';

const FLUSHES = 30;
const PAGE = Buffer.alloc(8_192, 1);

/** Ms that a page takes to the disk where the servers keep their data: whether durable settings cost here what they cost elsewhere. */
export function flushTime(): number {
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-bench-flush-'));
  const file = openSync(join(folder, 'page'), 'w');
  try {
    const times = Array.from({ length: FLUSHES }, () => {
      const startedAt = performance.now();
      writeSync(file, PAGE);
      fdatasyncSync(file);
      return performance.now() - startedAt;
    });
    return spreadOf(times).median;
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}
