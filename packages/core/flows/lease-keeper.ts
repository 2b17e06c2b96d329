import type { Lease } from './lane-store.ts';
import type { Report } from './report.ts';

/** The leases that a process holds, renewed together: one statement, however many lanes. */
export interface LeaseKeeper {
  add(lease: Lease): void;
  delete(lease: Lease): void;
  /** Renews all. A failure is reported, and ends in leases that run out. */
  renew(): Promise<void>;
  readonly held: number;
}

export interface ExpiryOptions {
  /** Milliseconds on the clock of `coveredUntil`. */
  now(): number;
  /** Told at a renewal of each lease that is kept and does not stand any more. */
  onExpired(lease: Lease): void;
}

export function createLeaseKeeper(
  store: { renew(leases: readonly Lease[]): Promise<void> },
  report: Report,
  expiry?: ExpiryOptions,
): LeaseKeeper {
  const leases = new Set<Lease>();
  function tellExpired(held: readonly Lease[]): void {
    if (expiry === undefined) return;
    const now = expiry.now();
    for (const lease of held) if (lease.coveredUntil <= now && leases.has(lease)) expiry.onExpired(lease);
  }

  return {
    add: (lease) => void leases.add(lease),
    delete: (lease) => void leases.delete(lease),
    async renew() {
      const held = [...leases];
      try {
        await store.renew(held);
      } catch (error) {
        report.warn('leases.not_renewed', { leases: held.length, error });
        return tellExpired(held);
      }
      const lost = held.filter((lease) => lease.coveredUntil === 0 && leases.has(lease));
      if (lost.length > 0) report.warn('leases.lost', { nodes: lost.map(({ nodeId }) => nodeId) });
      tellExpired(held);
    },
    get held() {
      return leases.size;
    },
  };
}
