import { spawnSync } from 'node:child_process';
import { cpuTime, parentOf } from './cpu-time.ts';

// Elsewhere there is no /proc to read CPU time from, and the bench shows a question mark.
const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('what this process works is counted, and never more than it says itself', () => {
  const before = { ours: cpuTime(process.pid), node: process.cpuUsage() };
  while (sum(process.cpuUsage(before.node)) < 60_000);
  const counted = cpuTime(process.pid) - before.ours;
  expect(counted).toBeGreaterThanOrEqual(40_000);
});

onLinux('the time of a child that has ended still counts for its parent', () => {
  const before = cpuTime(process.pid);
  const own = process.cpuUsage();
  spawnSync(process.execPath, ['-e', 'const { cpuUsage } = process; while (cpuUsage().user < 300_000);']);
  expect(cpuTime(process.pid) - before - sum(process.cpuUsage(own))).toBeGreaterThanOrEqual(250_000);
});

onLinux('a process that is gone has no time', () => {
  expect(cpuTime(2 ** 22 + 1)).toBeNaN();
});

onLinux('a process knows the one that started it', () => {
  expect(parentOf(process.pid)).toBe(process.ppid);
});

function sum({ user, system }: NodeJS.CpuUsage): number {
  return user + system;
}
