import { readFileSync } from 'node:fs';

/** Bytes that a process has held at most since it began. NaN where the system does not tell (anything but Linux). */
export function peakMemory(pid: number): number {
  try {
    return Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN) * 1_024;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NaN;
    throw error;
  }
}
