import { parseArgs } from 'node:util';
import type { BackEnd } from './machine/servers.ts';
import type { Design } from './scenarios/scenario.ts';

/** Messages or deliveries in a run of each design, and in the warm-up before. */
export interface Size {
  readonly run: Readonly<Record<Design, number>>;
  readonly warmUp: Readonly<Record<Design, number>>;
}

export interface BenchOptions {
  readonly queues: readonly BackEnd[];
  readonly runs: number;
  /** Names of scenarios. */
  readonly only: readonly string[];
  readonly quick: boolean;
  /** The file for the figures; undefined: none. */
  readonly json: string | undefined;
  /** Deliveries in a store that has been at work for weeks. */
  readonly held: number;
  /** The folder that PostgreSQL's files stay in; undefined: they go at the end. */
  readonly data: string | undefined;
  /** The folder for CPU profiles; undefined: none are made. */
  readonly profile: string | undefined;
}

export const USAGE = `npm run bench -- [options]
  --queue database|redis|both   the back ends of the queue; both where there is a redis-server on the PATH
  --runs N                      measured runs of each design, after a warm-up (3)
  --only NAME,NAME              some scenarios only
  --quick                       small sizes and one run: whether it works, not how fast
  --held N                      deliveries in the store of drain-held and latency-held, twice the messages purged at most (1,000,000)
  --data FOLDER                 keeps PostgreSQL's files there, so that the store is filled once
  --json FILE                   writes the figures to a file too
  --profile FOLDER              writes CPU profiles of our own processes`;

const MOST_RUNS = 100;
const MOST_HELD = 100_000_000;

/** Reads the command line. @throws Error that says what is wrong. */
export function readOptions(
  args: readonly string[],
  { scenarios, redisAvailable }: { scenarios: readonly string[]; redisAvailable: boolean },
): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      queue: { type: 'string', default: redisAvailable ? 'both' : 'database' },
      runs: { type: 'string' },
      only: { type: 'string', default: scenarios.join(',') },
      quick: { type: 'boolean', default: false },
      held: { type: 'string' },
      data: { type: 'string' },
      json: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  return {
    queues: readQueues(values.queue, redisAvailable),
    runs: readCount('--runs', values.runs ?? (values.quick ? '1' : '3'), MOST_RUNS),
    held: readCount('--held', values.held ?? (values.quick ? '20000' : '1000000'), MOST_HELD),
    data: values.data,
    only: readNames(values.only, scenarios),
    quick: values.quick,
    json: values.json,
    profile: values.profile,
  };
}

function readQueues(value: string, redisAvailable: boolean): BackEnd[] {
  if (value !== 'database' && !redisAvailable) throw new Error(`--queue ${value}: no redis-server on the PATH`);
  if (value === 'both') return ['redis', 'database'];
  if (value === 'database' || value === 'redis') return [value];
  throw new Error(`--queue: expected database, redis or both, got ${value}`);
}

function readCount(option: string, value: string, most: number): number {
  const count = Number(value);
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw new Error(`${option}: expected a whole number from 1 to ${most}, got ${value}`);
}

function readNames(value: string, scenarios: readonly string[]): string[] {
  const names = value.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !scenarios.includes(name));
  if (unknown === undefined) return names;
  throw new Error(`--only: expected some of ${scenarios.join(', ')}, got ${unknown}`);
}
