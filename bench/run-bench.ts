import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { measureIdle, type IdleResult, type IdleSize } from './idle/idle.ts';
import { measureLatency, type LatencyResult, type LatencySize } from './latency/latency.ts';
import { startServers, type BackEnd } from './machine/servers.ts';
import type { BenchOptions, Size } from './options.ts';
import { resultOf, type Result, type Round } from './report/result.ts';
import type { OpenScenario, Scenario, ScenarioOptions } from './scenarios/scenario.ts';
import { IDLE, LATENCIES, SCENARIOS } from './scenarios/scenarios.ts';

/** What came of one back end of the queue. */
export interface BackEndResult {
  readonly queue: BackEnd;
  /** How the servers were set, in words. */
  readonly settings: string;
  readonly results: readonly Result[];
  readonly latencies: readonly LatencyResult[];
  readonly idle: IdleResult | null;
}

/** Enough for some seconds a run; row by row is as long at work with fewer messages. */
const FULL: Size = {
  run: { ours: 40_000, ceiling: 40_000, rowByRow: 2_000 },
  warmUp: { ours: 40_000, ceiling: 40_000, rowByRow: 500 },
};
const QUICK: Size = {
  run: { ours: 500, ceiling: 500, rowByRow: 100 },
  warmUp: { ours: 100, ceiling: 100, rowByRow: 20 },
};

const FULL_LATENCY: LatencySize = { capacity: 20_000, seconds: 20 };
const QUICK_LATENCY: LatencySize = { capacity: 200, seconds: 1 };

const FULL_IDLE: IdleSize = { settle: 15, look: 60 };
const QUICK_IDLE: IdleSize = { settle: 1, look: 2 };

const SAMPLE = join(import.meta.dirname, '../../samples/minimal-event.json');

/** Measures one back end: its scenarios one after the other, on servers of their own. */
export async function runBackEnd(
  queue: BackEnd,
  { only, quick, runs, profile, held, data }: BenchOptions,
  tell: (line: string) => void,
): Promise<BackEndResult> {
  const servers = await startServers(queue, data);
  try {
    const results: Result[] = [];
    const payload = await readFile(SAMPLE);
    const options: ScenarioOptions = { servers, size: quick ? QUICK : FULL, payload, profile, held };
    for (const scenario of SCENARIOS.filter(({ name }) => only.includes(name))) {
      tell(`queue ${queue}: ${scenario.name}`);
      results.push(resultOf(scenario, await runScenario(scenario, options, runs)));
    }
    const latencies: LatencyResult[] = [];
    for (const scenario of LATENCIES.filter(({ name }) => only.includes(name))) {
      tell(`queue ${queue}: ${scenario.name}`);
      latencies.push(await measureLatency(scenario, options, quick ? QUICK_LATENCY : FULL_LATENCY));
    }
    if (only.includes(IDLE)) tell(`queue ${queue}: ${IDLE}`);
    const idle = only.includes(IDLE) ? await measureIdle(options, quick ? QUICK_IDLE : FULL_IDLE) : null;
    return { queue, settings: servers.settings, results, latencies, idle };
  } finally {
    await servers.stop();
  }
}

async function runScenario(scenario: Scenario, options: ScenarioOptions, runs: number): Promise<Round[]> {
  const opened = await scenario.open(options);
  try {
    const { run, warmUp } = options.size;
    await runRound(opened, scaled(warmUp, scenario));
    const rounds: Round[] = [];
    for (let i = 0; i < runs; i += 1) rounds.push(await runRound(opened, scaled(run, scenario)));
    return rounds;
  } finally {
    await opened.close();
  }
}

function scaled({ rowByRow, ...sizes }: Size['run'], { scale = 1 }: Scenario): Size['run'] {
  return { ours: Math.ceil(sizes.ours * scale), ceiling: Math.ceil(sizes.ceiling * scale), rowByRow };
}

/** Ours first: the ceiling sends what was received of it. */
async function runRound({ run }: OpenScenario, sizes: Size['run']): Promise<Round> {
  const ours = await run.ours(sizes.ours);
  const ceiling = await run.ceiling(sizes.ceiling);
  return { ours, ceiling, ...(run.rowByRow && { rowByRow: await run.rowByRow(sizes.rowByRow) }) };
}
