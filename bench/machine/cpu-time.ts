import { readFileSync } from 'node:fs';

/** Microseconds in a tick of `/proc/<pid>/stat`: USER_HZ is 100 on every Linux that Node.js runs on. */
const TICK = 10_000;

/** Fields of `/proc/<pid>/stat` after the command's name: own time as user and in the kernel, and that of children that have ended. */
const TIMES = { from: 11, to: 15 };

/**
 * The CPU time that a process and its children have used so far, those that have ended included, in microseconds. NaN where the system
 * does not tell (anything but Linux) and for a process that is gone.
 */
export function cpuTime(pid: number): number {
  return ownTime(pid) + childrenOf(pid).reduce((sum, child) => sum + (cpuTime(child) || 0), 0);
}

function ownTime(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  // The name, in brackets, may hold spaces and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(TIMES.from, TIMES.to).map(Number);
  return ticks.length === 0 ? NaN : ticks.reduce((sum, one) => sum + one, 0) * TICK;
}

/** The process that started another one. */
export function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? NaN);
}

function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

/** Empty when the process has ended, or there is no such file system. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return '';
    throw error;
  }
}
