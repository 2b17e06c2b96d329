import type { AttemptResult } from '../delivery/attempt.ts';
import type { Decision } from '../delivery/decide-after-attempt.ts';
import type { DeliveryState } from '../delivery/states.ts';
import type { OutboundMessage } from '../message/message.ts';
import type { DeliverableNode } from '../routing/node.ts';

/** A lease on a node's lane: who holds it, and until when this process may count on it. */
export interface Lease {
  readonly nodeId: string;
  readonly token: string;
  /** `performance.now()` until which it surely stands; moved on by renewals, 0 once it is lost. */
  coveredUntil: number;
}

export interface TakenLane {
  readonly kind: 'taken';
  readonly lease: Lease;
  /** Null when the node is not registered any more. */
  readonly node: DeliverableNode | null;
  readonly suspect: boolean;
  /** Whether the node may have changed since: the lane is to be given back, and taken again. */
  readonly recalled: boolean;
}

export interface HeldLane {
  readonly kind: 'held';
  /** Seconds until the lease that covers it runs out. */
  readonly seconds: number;
}

export interface DueDelivery {
  readonly id: string;
  /** Attempts made, over all budgets. */
  readonly attempts: number;
  /** Failures of the current budget. */
  readonly failures: number;
  readonly message: OutboundMessage;
}

/** What became of a delivery that a lane read: with the attempt that led to it, or without one. */
export interface DeliveryResult {
  readonly lease: Lease;
  readonly delivery: Pick<DueDelivery, 'id' | 'attempts'>;
  readonly decision: Decision;
  readonly attempt: AttemptResult | null;
}

export interface Recorded {
  readonly state: DeliveryState;
  /** The attempt's number, when there was one. */
  readonly attempts: number;
  /** Whether the lease still stood. */
  readonly standing: boolean;
  /** Whether the node changed, or deliveries that the lane may have read were cancelled: nothing more may be attempted by this run. */
  readonly recalled: boolean;
}

/** Lanes and what is due in them. Every call shares its statement with the calls of other lanes that run at the same time. */
export interface LaneStore {
  take(nodeId: string, token: string): Promise<TakenLane | HeldLane>;
  /** The oldest due deliveries, at most `most`, ended earlier by the size of their payloads; of a fifo lane those whose turn it is. */
  readDue(node: Pick<DeliverableNode, 'id' | 'ordering'>, most: number): Promise<readonly DueDelivery[]>;
  /** Null when the delivery is gone. Is tried again while the database is away, for as long as it takes or until `signal` aborts. */
  record(result: DeliveryResult): Promise<Recorded | null>;
  /** Answers in how many seconds the next delivery falls due (0 or less: now), or null. */
  release(lease: Lease, state: { suspect: boolean }): Promise<number | null>;
  /** Cancels what is pending for a node that is not registered any more; answers how many. */
  cancelOrphans(nodeId: string): Promise<number>;
}
