import type { LookUp } from './look-up.ts';

/** Long enough for a batch to one node, short enough that a move is followed at once. Milliseconds. */
const KEPT_FOR = 5_000;
const MOST_KEPT = 10_000;

interface Entry {
  readonly addresses: Promise<readonly string[]>;
  /** `performance.now()`; endless while the answer is awaited, so that those who ask meanwhile share it. */
  expiresAt: number;
}

/** Remembers answers for some seconds and asks once for all who want the same name. Failures are not remembered. */
export function cacheLookUps(lookUp: LookUp, clock: () => number = () => performance.now()): LookUp {
  const entries = new Map<string, Entry>();

  function ask(hostname: string): Promise<readonly string[]> {
    const addresses = lookUp(hostname);
    const entry: Entry = { addresses, expiresAt: Infinity };
    entries.delete(hostname);
    entries.set(hostname, entry);
    if (entries.size > MOST_KEPT) entries.delete(entries.keys().next().value ?? hostname);
    addresses.then(
      () => (entry.expiresAt = clock() + KEPT_FOR),
      () => {
        if (entries.get(hostname) === entry) entries.delete(hostname);
      },
    );
    return addresses;
  }

  return (hostname) => {
    const known = entries.get(hostname);
    return known !== undefined && known.expiresAt > clock() ? known.addresses : ask(hostname);
  };
}
