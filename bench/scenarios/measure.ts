import { countsFor } from '../machine/counters.ts';
import { cpuTime } from '../machine/cpu-time.ts';
import { peakMemory } from '../machine/memory.ts';
import type { Servers } from '../machine/servers.ts';
import type { Measured } from './scenario.ts';

/** Pids by the names they are shown under; those of one name are counted together. */
export type Watched = Readonly<Record<string, readonly number[]>>;

export interface Measuring {
  readonly servers: Servers;
  /** Processes beside the servers'. */
  readonly watched: Watched;
  /** Messages or deliveries. */
  readonly count: number;
}

/** Runs some work on `count` messages or deliveries, and what it costs. The work answers the seconds that it took. */
export async function measure({ servers, watched, count }: Measuring, work: () => Promise<number>): Promise<Measured> {
  const all = Object.entries({ ...watched, ...serversOf(servers) });
  const cpu = () => all.map(([, pids]) => pids.reduce((sum, pid) => sum + cpuTime(pid), 0));
  const before = { cpu: cpu(), counts: await servers.counters.read() };
  const seconds = await work();
  const after = { cpu: cpu(), counts: await servers.counters.read() };
  return {
    perSecond: count / seconds,
    cpu: Object.fromEntries(all.map(([name], i) => [name, ((after.cpu[i] ?? NaN) - (before.cpu[i] ?? NaN)) / count])),
    memory: Object.fromEntries(
      Object.entries(watched).map(([name, pids]) => [name, Math.max(...pids.map(peakMemory))]),
    ),
    counts: countsFor(before.counts, after.counts, count),
  };
}

function serversOf({ postgres, redis }: Servers): Watched {
  return { postgres: [postgres], ...(redis !== null && { redis: [redis] }) };
}
