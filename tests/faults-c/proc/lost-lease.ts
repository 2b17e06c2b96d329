import type { Verdict } from '#testkit';

/** An attempt under a lease that was lost ends beside later ones and is recorded after them: that they overlap says nothing here. */
export function besideLostLease({ violations, ...verdict }: Verdict): Verdict {
  return { ...verdict, violations: violations.filter(({ kind }) => kind !== 'overlapping' && kind !== 'early') };
}
