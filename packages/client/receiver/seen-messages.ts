/** The ids of messages that have been taken. */
export interface SeenMessages {
  has(id: string): boolean | Promise<boolean>;
  add(id: string): unknown;
}

/** The retries of a message last hours: a node of 10 messages a second knows those of the last three. */
const MOST = 100_000;

/** Remembers the last ids in this process; the oldest is forgotten for one above `most`. */
export function createSeenMessages({ most = MOST }: { readonly most?: number } = {}): SeenMessages {
  const ids = new Set<string>();
  return {
    has: (id) => ids.has(id),
    add(id) {
      ids.add(id);
      const oldest = ids.keys().next();
      if (ids.size > most && !oldest.done) ids.delete(oldest.value);
    },
  };
}
