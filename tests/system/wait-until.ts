/** Ms. */
const PATIENCE = 30_000;
const SHORTEST_PAUSE = 10;
const LONGEST_PAUSE = 100;

/**
 * Asks again and again until what is found is as wanted, and answers it; rejects with what it was instead after `within` ms (30,000). For
 * facts that nobody signals; the longer it takes, the seldomer it asks.
 */
export async function waitUntil<Found>(
  look: () => Promise<Found> | Found,
  isWanted: (found: Found) => boolean,
  within = PATIENCE,
): Promise<Found> {
  const deadline = performance.now() + within;
  for (let pause = SHORTEST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    const found = await look();
    if (isWanted(found)) return found;
    if (performance.now() > deadline)
      throw new Error(`still not as wanted after ${within} ms: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
