import type { AcceptMessages } from '#core';
import type { TallyWriter } from '#persistence';

/** Has what is accepted counted; what was accepted before and came again is not. */
export function tallied(accept: AcceptMessages, tallies: Pick<TallyWriter, 'accepted'>): AcceptMessages {
  return async (sender, calls) => {
    const acceptance = await accept(sender, calls);
    if (acceptance.kind !== 'accepted') return acceptance;
    for (const { origin, deliveries, repeated } of acceptance.messages) {
      if (!repeated)
        tallies.accepted(
          origin,
          deliveries.map(({ node }) => node),
        );
    }
    return acceptance;
  };
}
