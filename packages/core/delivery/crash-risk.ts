/** Leases of a lane that ran out in a row: from here on one of its deliveries may be what takes the processes down. */
const UNCLEAN_ENDS = 2;

/** Attempts of a delivery in a row that took the process down with them, after which it gets no other. */
const MOST_CRASHES = 5;

/**
 * Whether a delivery may be what took processes down, so that it is to be marked before it is attempted, and attempted with nothing else
 * under way: each of a lane whose leases keep running out, and one whose mark was never taken away.
 */
export function isRisky(delivery: { readonly crashes: number }, lane: { readonly uncleanEnds: number }): boolean {
  return lane.uncleanEnds >= UNCLEAN_ENDS || delivery.crashes > 0;
}

/** Why a delivery is not attempted any more; null while it may be. */
export function crashRefusal({ crashes }: { readonly crashes: number }): string | null {
  return crashes < MOST_CRASHES ? null : `${crashes} times the process that attempted it went down`;
}
