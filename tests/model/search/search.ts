import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import type { Sight } from '../judge/judge.ts';
import type { Clock, Store } from '../store/store.ts';
import type { Breakage } from '../world/breakage.ts';
import type { Scenario } from '../world/world.ts';
import { byNumbers } from './choosers.ts';
import { play, type Played } from './play.ts';
import { numbers, temper } from './scenarios.ts';

export interface SearchOptions {
  readonly scenario: fc.Arbitrary<Scenario>;
  readonly runs: number;
  /** Same seed, same interleavings. */
  readonly seed?: number;
  /** Whether a finding is made as short as it gets, which takes a while; else the first one is told. */
  readonly shortens?: boolean;
  readonly breakage?: Breakage;
  readonly openStore?: (clock: Clock) => Store | Promise<Store>;
}

export interface Found {
  /** Interleavings played, and how many of them were different ones. */
  readonly played: number;
  readonly different: number;
  /** In how many something was seen. */
  readonly sights: ReadonlyMap<Sight, number>;
  /** An interleaving with a finding, as a text for people; null when there was none. */
  readonly finding: string | null;
}

/** Plays interleavings at random, to the first one with a finding. */
export async function search({
  scenario,
  runs,
  seed,
  shortens = true,
  breakage,
  openStore,
}: SearchOptions): Promise<Found> {
  const traces = new Set<string>();
  const sights = new Map<Sight, number>();
  let played = 0;
  let last: Played | undefined;

  const property = fc.asyncProperty(scenario, temper, numbers, async (scenario, temper, numbers) => {
    const choose = byNumbers(numbers, temper);
    const result = await play({ scenario, choose, ...(breakage && { breakage }), ...(openStore && { openStore }) });
    played += 1;
    traces.add(fingerprint(result.trace));
    for (const sight of result.sights) sights.set(sight, (sights.get(sight) ?? 0) + 1);
    if (result.findings.length > 0) last = result;
    return result.findings.length === 0;
  });
  const outcome = await fc.check(property, {
    numRuns: runs,
    endOnFailure: !shortens,
    ...(seed !== undefined && { seed }),
  });
  if (outcome.failed && last === undefined) throw outcome.errorInstance;
  const finding = last === undefined ? null : tell(last, outcome);
  return { played, different: traces.size, sights, finding };
}

function tell(
  { findings, trace }: Played,
  { seed, counterexamplePath }: { seed: number; counterexamplePath: string | null },
): string {
  const steps = trace.map((name, i) => `${String(i + 1).padStart(4)}  ${name}`);
  return [...findings, ...steps, `seed ${seed}, path ${counterexamplePath}`].join('\n');
}

/** Short enough to remember a hundred thousand of them. */
function fingerprint(trace: readonly string[]): string {
  return createHash('sha1').update(trace.join('\n')).digest('base64');
}
