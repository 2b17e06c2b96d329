import type { Lease } from '#core';
import type { Clock } from '../store/store.ts';

/** As in packages/persistence, ms. */
const LEASE = 20_000;

/** Who was told that a lane is theirs, and until when: kept from the answers alone, without looking at the lanes' rows. */
export interface LeaseBook {
  /** What is wrong with a lease that was just given, if anything. `isTakeover`: the one before was never given back. */
  give(lease: Lease): { readonly isTakeover: boolean; readonly mistake: string | null };
  /** What is wrong with a renewal, if anything. */
  renew(lease: Lease): string | null;
  /** Whether it was the node's last one. */
  takeBack(lease: Lease): boolean;
  /** Nobody else was given the lane since. */
  isLast(lease: Lease): boolean;
  /** It covers this very moment. */
  stands(lease: Lease): boolean;
}

export function createLeaseBook(clock: Clock): LeaseBook {
  const leases = new Map<string, { token: string; until: number }>();

  const enter = ({ nodeId, token }: Lease) => void leases.set(nodeId, { token, until: clock.now + LEASE });
  const isLast = ({ nodeId, token }: Lease) => leases.get(nodeId)?.token === token;

  return {
    isLast,
    give(lease) {
      const before = leases.get(lease.nodeId);
      const isTakeover = before !== undefined && before.token !== lease.token;
      const mistake = isTakeover && before.until >= clock.now ? `${lease.nodeId}: two leases stand` : null;
      enter(lease);
      return { isTakeover, mistake };
    },
    renew(lease) {
      const mistake = isLast(lease) ? null : `${lease.nodeId}: a lease that was lost is renewed`;
      enter(lease);
      return mistake;
    },
    takeBack: (lease) => isLast(lease) && leases.delete(lease.nodeId),
    stands: (lease) => isLast(lease) && (leases.get(lease.nodeId)?.until ?? 0) >= clock.now,
  };
}
