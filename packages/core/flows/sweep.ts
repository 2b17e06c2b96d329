import type { Report } from './report.ts';

export interface SweepOptions {
  /** Nodes with something due that no lease covers. */
  dueNodes(): Promise<readonly string[]>;
  /** Which of these the queue has no job for that would run by now. */
  unqueued(nodeIds: readonly string[]): Promise<readonly string[]>;
  wake(nodeIds: readonly string[]): Promise<void>;
  report: Report;
  /** Told how many lanes had been lost: in health, none. */
  onRepaired(lanes: number): void;
}

/** Repairs whatever was lost between the database and the queue: wakes each node that has something due and nobody working on it. */
export function createSweep({ dueNodes, unqueued, wake, report, onRepaired }: SweepOptions): () => Promise<void> {
  return async () => {
    const due = await dueNodes();
    if (due.length === 0) return;
    const lost = await unqueued(due);
    if (lost.length === 0) return;
    await wake(lost);
    onRepaired(lost.length);
    report.warn('sweep.repaired', { lanes: lost.length, nodes: lost.slice(0, 20) });
  };
}
