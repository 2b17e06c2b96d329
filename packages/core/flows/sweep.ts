import type { Report } from './report.ts';

/** A node with something due and nobody at work on it. */
export interface DueNode {
  readonly nodeId: string;
  /** It only timed out lately: its lane may well be waiting for a place among the suspect ones. */
  readonly suspect: boolean;
  /** Seconds since the first of it fell due. */
  readonly late: number;
}

/** What fell due less long ago is most likely on its way through the queue: woken to be sure, but not counted as lost. Seconds. */
const ON_ITS_WAY = 2;

export interface SweepOptions {
  dueNodes(): Promise<readonly DueNode[]>;
  /** Which of these have no job in the queue that is waiting or at work. */
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
    const lost = await unqueued(due.map(({ nodeId }) => nodeId));
    if (lost.length === 0) return;
    await wake(lost);
    const healthy = new Set(due.filter((node) => node.suspect || node.late < ON_ITS_WAY).map(({ nodeId }) => nodeId));
    const repaired = lost.filter((nodeId) => !healthy.has(nodeId));
    if (repaired.length === 0) return;
    onRepaired(repaired.length);
    report.warn('sweep.repaired', { lanes: repaired.length, nodes: repaired.slice(0, 20) });
  };
}
