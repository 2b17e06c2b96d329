/** How a run of a node's lane ended. */
export type LaneEnd =
  /** Nothing is pending for the node. */
  | { readonly kind: 'idle' }
  /** More falls due in so many seconds. 0: more is due now, and the lane goes to the back of the line. */
  | { readonly kind: 'later'; readonly seconds: number };
