import type { Sight } from '../judge/judge.ts';
import { createMemoryStore } from '../store/memory-store.ts';
import type { Clock, Store } from '../store/store.ts';
import type { Breakage } from '../world/breakage.ts';
import { createWorld, type Possible, type Scenario } from '../world/world.ts';
import type { Step } from '../world/wire.ts';

/** Decides what happens next; null: nothing more of its own, let everything end. `turn` counts from 0. */
export type Chooser = (possible: Possible, turn: number) => Step | null;

export interface Played {
  /** What happened, in order: the interleaving. */
  readonly trace: readonly string[];
  readonly findings: readonly string[];
  readonly sights: ReadonlySet<Sight>;
}

export interface PlayOptions {
  readonly scenario: Scenario;
  readonly choose: Chooser;
  readonly breakage?: Breakage;
  readonly openStore?: (clock: Clock) => Store | Promise<Store>;
}

/** Turns after which an interleaving goes on to its end whatever the chooser wants. */
const MOST_TURNS = 400;

/** Plays one interleaving to its end, or to the first finding. */
export async function play({
  scenario,
  choose,
  breakage = {},
  openStore = createMemoryStore,
}: PlayOptions): Promise<Played> {
  const world = await createWorld(scenario, openStore, breakage);
  const { judge } = world;
  const trace: string[] = [];
  for (let turn = 0; turn < MOST_TURNS && judge.findings.length === 0; turn += 1) {
    const possible = world.possible();
    const step = choose(possible, turn);
    if (step === null) break;
    trace.push(step.name);
    await world.take(step);
  }
  if (judge.findings.length === 0) await world.settle();
  return { trace, findings: judge.findings, sights: judge.sights };
}
