import { setTimeout as sleep } from 'node:timers/promises';
import type { Counts } from '../machine/counters.ts';
import { cpuTime } from '../machine/cpu-time.ts';
import { peakMemory } from '../machine/memory.ts';
import { startFleetProcess } from '../machine/start-fleet-process.ts';
import { withResources } from '../scenarios/resources.ts';
import type { ScenarioOptions } from '../scenarios/scenario.ts';
import { openStock } from '../scenarios/stored-work.ts';

/** What the whole system does while there is nothing to do: the standalone process with the default settings, and its servers. */
export interface IdleResult {
  readonly scenario: 'idle';
  readonly aims: typeof IDLE_AIMS;
  /** Looked at for so long. */
  readonly seconds: number;
  /** Share of one core, by process. */
  readonly cpu: Readonly<Record<string, number>>;
  /** On PostgreSQL, a second, those of the queue included when it is there. */
  readonly queries: number;
  /** Of the queue alone, a second. */
  readonly queueOperations: number;
  readonly transactions: number;
  /** Bytes that the standalone process held at most. */
  readonly memory: number;
}

export interface IdleSize {
  /** Seconds from the start until it is looked at, and for how long. */
  readonly settle: number;
  readonly look: number;
}

export const IDLE_AIMS = { cpu: 0.02, queries: 1 } as const;

const NODES = 20;

export function measureIdle({ servers, profile }: ScenarioOptions, { settle, look }: IdleSize): Promise<IdleResult> {
  return withResources(async (resources) => {
    try {
      resources.onClose(() => servers.clearQueue());
      const nodes = Array.from({ length: NODES }, (_, i) => `idle-${i}`);
      const database = await openStock(servers, { nodes, origins: ['http://127.0.0.1'] });
      await database.close();
      const started = { databaseUrl: database.url, queueUrl: servers.queueUrl, profile, maintained: true };
      const system = await startFleetProcess('standalone', started);
      resources.onClose(() => system.stop());
      await sleep(settle * 1_000);
      const watched = { standalone: system.pid, postgres: servers.postgres, redis: servers.redis };
      const pids = Object.entries(watched).flatMap(([name, pid]) => (pid === null ? [] : [{ name, pid }]));
      const before = { cpu: pids.map(({ pid }) => cpuTime(pid)), counts: await servers.counters.read() };
      await Promise.race([sleep(look * 1_000), system.failed]);
      const counts = await servers.counters.read();
      const share = (pid: number, i: number) => (cpuTime(pid) - (before.cpu[i] ?? NaN)) / (look * 1e6);
      const aSecond = (name: keyof Counts) => (counts[name] - before.counts[name]) / look;
      return {
        scenario: 'idle',
        aims: IDLE_AIMS,
        seconds: look,
        cpu: Object.fromEntries(pids.map(({ name, pid }, i) => [name, share(pid, i)])),
        queries: aSecond('statements') + (servers.redis === null ? aSecond('queueOperations') : 0),
        queueOperations: aSecond('queueOperations'),
        // But for the look before.
        transactions: Math.max(0, aSecond('transactions') - 1 / look),
        memory: peakMemory(system.pid),
      };
    } finally {
      await resources.close();
    }
  });
}
