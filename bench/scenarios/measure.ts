import { cpuTime } from '../machine/cpu-time.ts';
import type { Measured } from './scenario.ts';

/** Pids by the names they are shown under; null: not there in this run. */
export type Watched = Readonly<Record<string, number | null>>;

/** Runs some work on `count` messages or deliveries, and what it costs. The work answers the seconds that it took. */
export async function measure(watched: Watched, count: number, work: () => Promise<number>): Promise<Measured> {
  const present = Object.entries(watched).flatMap(([name, pid]) => (pid === null ? [] : [{ name, pid }]));
  const before = present.map(({ pid }) => cpuTime(pid));
  const seconds = await work();
  const cpu = present.map(({ name, pid }, i) => [name, (cpuTime(pid) - (before[i] ?? NaN)) / count] as const);
  return { perSecond: count / seconds, cpu: Object.fromEntries(cpu) };
}
