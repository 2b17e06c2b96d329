import { DESIGNS, type Aims, type Design, type Measured, type Scenario } from '../scenarios/scenario.ts';
import { spreadOf, type Spread } from './statistics.ts';

/** One round: each design once, shortly after one another. */
export type Round = Readonly<Record<Design, Measured>>;

/** What came of a scenario. */
export interface Result {
  readonly scenario: string;
  readonly ceiling: string;
  readonly aims: Aims;
  readonly perSecond: Readonly<Record<Design, Spread>>;
  /** Ours to the ceiling, and to row by row: of each round, since the machine is not the same in all of them. */
  readonly ratio: Spread;
  readonly times: Spread;
  /** CPU µs for each message or delivery, by process. */
  readonly cpu: Readonly<Record<Design, Readonly<Record<string, number>>>>;
}

export function resultOf({ name, ceiling, aims }: Scenario, rounds: readonly Round[]): Result {
  return {
    scenario: name,
    ceiling,
    aims,
    perSecond: byDesign((design) => spreadOf(rounds.map((round) => round[design].perSecond))),
    ratio: spreadOf(rounds.map(({ ours, ceiling }) => ours.perSecond / ceiling.perSecond)),
    times: spreadOf(rounds.map(({ ours, rowByRow }) => ours.perSecond / rowByRow.perSecond)),
    cpu: byDesign((design) => medianCpu(rounds.map((round) => round[design].cpu))),
  };
}

function byDesign<Value>(of: (design: Design) => Value): Record<Design, Value> {
  return Object.fromEntries(DESIGNS.map((design) => [design, of(design)])) as Record<Design, Value>;
}

function medianCpu(runs: readonly Measured['cpu'][]): Record<string, number> {
  const names = Object.keys(runs[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, spreadOf(runs.map((run) => run[name] ?? NaN)).median]));
}
