/** An answer is given again for so many times as long as it took to find: looking costs the database a tenth of a connection at most. */
const REUSE = 9;

/**
 * Whoever asks while an answer is being found, or shortly after, gets the same one.
 * @param now Milliseconds on a clock that never jumps.
 */
export function reuse<Answer>(find: () => Promise<Answer>, now: () => number): () => Promise<Answer> {
  let current: Promise<Answer> | undefined;
  let freshUntil = -Infinity;

  async function findAndTime(): Promise<Answer> {
    const start = now();
    const answer = await find();
    const end = now();
    freshUntil = end + (end - start) * REUSE;
    return answer;
  }

  return () => {
    if (current !== undefined && now() < freshUntil) return current;
    freshUntil = Infinity;
    current = findAndTime().catch((error: unknown) => {
      freshUntil = -Infinity;
      throw error;
    });
    return current;
  };
}
