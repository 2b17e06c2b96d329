/** A message that its sender was told is accepted. */
export interface AcceptedRecord {
  /** Our id, from the answer. */
  readonly message: string;
  /** SHA-256 of the payload as sent, hex. */
  readonly digest: string;
  /** Ids of the nodes that must get it. */
  readonly nodes: readonly string[];
}

/** One request as its receiver saw it. Times are in ms, on one clock for all receivers. */
export interface ReceivedRecord {
  readonly node: string;
  /** `webhook-id` */
  readonly message: string;
  /** SHA-256 of the payload as it arrived, hex. */
  readonly digest: string;
  readonly arrivedAt: number;
  /** When it was answered, or its connection ended; null while neither. */
  readonly endedAt: number | null;
  /** What it was answered with; null when its connection ended before. */
  readonly status: number | null;
}

export interface StoredMessage {
  readonly id: string;
  /** SHA-256 of the payload that is stored, hex. */
  readonly digest: string;
}

export interface StoredDelivery {
  readonly id: string;
  readonly message: string;
  readonly node: string;
  readonly state: 'pending' | 'delivered' | 'frozen' | 'cancelled';
  readonly attempts: number;
  /** `attempts` when the current budget began. */
  readonly budgetStart: number;
  /** When it became final, in ms on the database's clock; null while pending. */
  readonly finalAt: number | null;
}

export interface StoredAttempt {
  readonly delivery: string;
  readonly number: number;
  /** Ms on the database's clock. */
  readonly startedAt: number;
  /** Ms. */
  readonly duration: number;
  readonly status: number | null;
  readonly outcome: string;
}

/** What the database holds when all is over. */
export interface FinalState {
  readonly messages: readonly StoredMessage[];
  readonly deliveries: readonly StoredDelivery[];
  readonly attempts: readonly StoredAttempt[];
}

/** All that a run is judged by: nothing of it is the system's word about itself but the state that it left. */
export interface Evidence {
  readonly accepted: readonly AcceptedRecord[];
  readonly received: readonly ReceivedRecord[];
  readonly state: FinalState;
}
