import type { DueNode } from '#core';
import type { Database } from './database.ts';
import { dueNodes, haveDue } from './sql/due-nodes.ts';

/** Where work is, whatever the queue knows of it. */
export interface DueStore {
  /** Nodes with something due that no lease covers, those no longer registered included. */
  dueNodes(): Promise<DueNode[]>;
  /** Which of these nodes have something due that no lease covers. */
  haveDue(nodeIds: readonly string[]): Promise<string[]>;
}

export function createDueStore({ pool }: Pick<Database, 'pool'>): DueStore {
  return {
    async dueNodes() {
      const { rows } = await pool.query<{ node_id: string; suspect: boolean; late: number }>(dueNodes);
      return rows.map((row) => ({ nodeId: row.node_id, suspect: row.suspect, late: row.late }));
    },
    async haveDue(nodeIds) {
      const { rows } = await pool.query<{ node_id: string }>({ name: 'have-due', text: haveDue, values: [nodeIds] });
      return rows.map((row) => row.node_id);
    },
  };
}
