/** Seconds that a lease lasts unless it is renewed. */
export const LEASE = 20;

/** Lanes that one statement serves. */
export const MOST_LANES = 64;
