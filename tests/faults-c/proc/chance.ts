/** Chance that can be had again: the same seed, the same choices. */
export interface Chance {
  readonly seed: number;
  /** From 0 up to, and without, 1. */
  next(): number;
  /** One of them; undefined when there is none. */
  pick<Choice>(choices: readonly Choice[]): Choice | undefined;
}

/** @param seed `FAULTS_SEED`, else another one each time: what is printed with the findings. */
export function createChance(seed = Number(process.env['FAULTS_SEED'] ?? Date.now() % 2 ** 31)): Chance {
  // A linear congruential generator (Numerical Recipes): nothing here is to be hard to guess.
  let state = seed >>> 0;
  function next(): number {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  }
  return { seed, next, pick: (choices) => choices[Math.floor(next() * choices.length)] };
}
