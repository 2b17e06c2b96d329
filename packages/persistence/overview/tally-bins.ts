/** Upper bounds, in ms, of the bins that durations are counted in; the last bin has none. */
export const TALLY_BINS = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000] as const;

const COUNT = TALLY_BINS.length + 1;

export function emptyBins(): number[] {
  return Array.from({ length: COUNT }, () => 0);
}

/** Which bin a duration in ms belongs to. */
export function binOf(duration: number): number {
  const found = TALLY_BINS.findIndex((bound) => duration <= bound);
  return found === -1 ? TALLY_BINS.length : found;
}

/**
 * The duration in ms that a share of all attempts did not exceed, guessed within its bin as if they were spread evenly there; null when
 * there were none.
 * @param share From 0 to 1.
 */
export function quantileOf(bins: readonly number[], share: number): number | null {
  const total = bins.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let rest = share * total;
  for (const [i, count] of bins.entries()) {
    const [from, to] = boundsOf(i);
    if (rest <= count && count > 0) return from + (to - from) * (rest / count);
    rest -= count;
  }
  return boundsOf(TALLY_BINS.length)[1];
}

/** What is longer than the last bound is taken for twice that at most. */
function boundsOf(bin: number): readonly [from: number, to: number] {
  const last = TALLY_BINS.at(-1) ?? 0;
  return [TALLY_BINS[bin - 1] ?? 0, TALLY_BINS[bin] ?? last * 2];
}
