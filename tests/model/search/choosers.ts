import type { Possible } from '../world/world.ts';
import type { Step } from '../world/wire.ts';
import { inOrder, type Chooser } from './play.ts';

/** How often in a hundred turns something else than progress happens, as far as it is possible. */
export interface Temper {
  readonly turns: number;
  readonly time: number;
  readonly faults: number;
}

/**
 * Decides by a list of numbers, each for one turn; afterwards everything takes its course. 0 is what happens when nobody interferes, so
 * that fast-check, which shrinks towards 0 and towards shorter lists, ends with the interference that a finding needs.
 */
export function byNumbers(numbers: readonly number[], temper: Temper): Chooser {
  return (possible, turn) => {
    const number = numbers[turn];
    if (number === undefined) return possible.progress()[0] ?? null;
    const steps = kindOf(possible, temper, number % 100);
    return steps[Math.floor(number / 100) % steps.length] ?? null;
  };
}

/** `percent`: 0 to 99, the highest of them for what is rarest. */
function kindOf(possible: Possible, { turns, time, faults }: Temper, percent: number): readonly Step[] {
  const kinds = [
    { from: 100 - faults, steps: possible.faults },
    { from: 100 - faults - time, steps: possible.time },
    { from: 100 - faults - time - turns, steps: possible.turns },
    { from: 0, steps: possible.progress },
  ];
  const steps = kinds.find(({ from }) => percent >= from)?.steps() ?? [];
  if (steps.length > 0) return steps;
  const progress = possible.progress();
  return progress.length > 0 ? progress : possible.time();
}

/** At one turn, something else than what happens by itself: the `choice`-th of what is possible, in order. */
export interface Deviation {
  readonly turn: number;
  readonly choice: number;
}

/** Lets everything take its course but for the deviations. */
export function byDeviations(deviations: readonly Deviation[]): Chooser {
  const choices = new Map(deviations.map(({ turn, choice }) => [turn, choice]));
  const last = deviations.at(-1)?.turn ?? -1;
  return (possible, turn) => {
    const choice = choices.get(turn);
    if (choice !== undefined) return inOrder(possible)[choice] ?? null;
    return possible.progress()[0] ?? (turn < last ? (possible.time()[0] ?? null) : null);
  };
}
