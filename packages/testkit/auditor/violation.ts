export type ViolationKind =
  /** Accepted, and the message or one of its deliveries is not there. */
  | 'missing'
  /** Recorded as answered, and no receiver answered so. */
  | 'unseen'
  /** Attempted after it was final. */
  | 'attempted-when-final'
  /** Two attempts of one delivery under way at a time. */
  | 'overlapping'
  /** Attempted before it was due. */
  | 'early'
  /** Attempt numbers that are not 1, 2, 3 up to the delivery's count. */
  | 'gap'
  /** More failures in a budget than it has. */
  | 'over-budget'
  /** Stored or sent with other bytes than it was handed in with. */
  | 'altered'
  /** Not final when all is over. */
  | 'pending'
  /** A request for which there is no delivery: the node was not meant. */
  | 'uncalled-for'
  /** More duplicates than the run's faults explain. */
  | 'duplicated';

export interface Violation {
  readonly kind: ViolationKind;
  /** Null when it is about the whole run. */
  readonly message: string | null;
  readonly node: string | null;
  readonly detail: string;
}
