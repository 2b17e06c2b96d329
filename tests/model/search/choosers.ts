import type { Possible } from '../world/world.ts';
import type { Step } from '../world/wire.ts';
import type { Chooser } from './play.ts';

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
