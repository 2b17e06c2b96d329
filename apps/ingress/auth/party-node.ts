import type { Registry } from '#core';

/** The id of the node that a party is: the one with its DID (`did:ishare:EORI`, or what the party is called itself), else with its id. */
export function nodeOfParty(registry: Registry, partyId: string): string | null {
  return (registry.find(`did:ishare:${partyId}`) ?? registry.find(partyId))?.id ?? null;
}
