import type { DeliveryState, DueNode, LaneStore, Lease, MessageIntake, NodeAddress, Ordering } from '#core';

/** Times in ms on the one clock of a world, which stands still but when it is told to pass. */
export interface Clock {
  now: number;
}

export interface DeliveryRow {
  readonly id: string;
  readonly messageId: string;
  readonly nodeId: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly budgetStart: number;
  readonly dueAt: number | null;
  readonly crashes: number;
}

export interface AttemptRow {
  readonly deliveryId: string;
  readonly number: number;
  readonly lease: string;
  readonly outcome: string;
}

export interface NodeState {
  readonly ordering: Ordering;
  readonly paused: boolean;
}

export interface NodeRow extends NodeState {
  readonly id: string;
}

/** What the database holds, each in the order of ids and numbers. */
export interface Rows {
  readonly nodes: readonly NodeRow[];
  readonly deliveries: readonly DeliveryRow[];
  readonly attempts: readonly AttemptRow[];
}

/** Lanes as a process of the fleet uses them. */
export interface WorkerLanes extends LaneStore {
  renew(leases: readonly Lease[]): Promise<void>;
}

/**
 * Everything that the parts of a world ask of the database. Each call is one atomic step of an interleaving, whether it is answered
 * from memory or by PostgreSQL.
 */
export interface Store {
  /** `now`: the worker's own clock, which a call reads once, as it is sent. */
  lanes(worker: string, now: () => number): WorkerLanes;
  readonly intake: MessageIntake;
  dueNodes(): Promise<readonly DueNode[]>;
  haveDue(nodeIds: readonly string[]): Promise<readonly string[]>;
  /** Answers the nodes whose deliveries changed. */
  replay(includeDelivered: boolean): Promise<readonly string[]>;
  cancel(deliveryId: string): Promise<readonly string[]>;
  putNode(id: string, node: NodeState): Promise<void>;
  setPaused(id: string, paused: boolean): Promise<void>;
  /** The first half of a deletion: the node. */
  deleteNode(id: string): Promise<void>;
  /** Its second half: what is pending for it. */
  cancelPendingOf(id: string): Promise<void>;
  addresses(): Promise<NodeAddress[]>;
  /** Removes messages whose every delivery has been final for a millisecond. */
  purge(): Promise<void>;
  rows(): Promise<Rows>;
  /** Answers that were not what they should have been, since the last look; of a store that knows. */
  differences?(): readonly string[];
}
