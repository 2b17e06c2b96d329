import type { LaneEnd } from '../delivery/lane-end.ts';
import type { Lease } from './lane-store.ts';
import type { Report } from './report.ts';
import type { RunLane } from './run-lane.ts';

/** Runs of lanes that hold their job in the queue no longer than their lease. */
export interface LettingGo {
  /** As the run that it was made of; one whose lease has run out goes on without its job, to record what it has. */
  readonly run: RunLane;
  /** Told of a lease that has run out. */
  expired(lease: Pick<Lease, 'nodeId'>): void;
  /** Resolves when no run is under way, those that were let go included. */
  idle(): Promise<void>;
}

/** Meanwhile the others look: whoever can reach the database takes the lane. */
const LATER: LaneEnd = { kind: 'later', seconds: 1 };

/**
 * A worker that has lost the database, and not the queue, would hold its lanes' jobs for as long as it waits to record what it did, and
 * keep everybody else from them.
 */
export function createLettingGo(run: RunLane, report: Report): LettingGo {
  const underWay = new Map<string, { ended: Promise<unknown>; letGo(): void }>();

  function begin(nodeId: string, signal: AbortSignal): Promise<LaneEnd> {
    let isLetGo = false;
    const running = run(nodeId, signal);
    return new Promise((resolve, reject) => {
      const ended = running
        .then(resolve, (error: unknown) => {
          if (isLetGo) report.warn('lane.failed', { nodeId, error });
          else reject(error);
        })
        .finally(() => underWay.delete(nodeId));
      underWay.set(nodeId, {
        ended,
        letGo() {
          if (!isLetGo) report.warn('lane.let-go', { nodeId });
          isLetGo = true;
          resolve(LATER);
        },
      });
    });
  }

  return {
    run: (nodeId, signal) => (underWay.has(nodeId) ? Promise.resolve(LATER) : begin(nodeId, signal)),
    expired: ({ nodeId }) => underWay.get(nodeId)?.letGo(),
    async idle() {
      await Promise.all([...underWay.values()].map(({ ended }) => ended));
    },
  };
}
