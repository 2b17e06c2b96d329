/** How a lane's run ended: with nothing pending, or to be run again after so many seconds (0: at the back of the line). */
export type LaneEnd = { readonly kind: 'idle' } | { readonly kind: 'later'; readonly seconds: number };
