import type { IshareParty } from '#node-client';
import { readSigned } from '#node-client';
import type { AssertionStore } from '#persistence';

export interface AssertionCheckOptions {
  readonly party: IshareParty;
  readonly assertions: AssertionStore;
  now(): Date;
}

/** The party that a client assertion is of, or why it is no one's. */
export type CheckedAssertion = { readonly partyId: string } | { readonly problem: string };

/**
 * Checks client assertions by iSHARE's rules: those of every iSHARE JWT, `iss` and `sub` the client, the certificate its own, the party
 * active, and the `jti` never seen by any process. That comes last, so that what is refused uses nothing up.
 * Throws `TokenError` while the association register can't be asked.
 */
export function createAssertionCheck({ party, assertions, now }: AssertionCheckOptions) {
  const { identity, register } = party;

  return async (assertion: string, clientId: string): Promise<CheckedAssertion> => {
    const trusted = await register.trustedRoots();
    const read = await readSigned(assertion, { audience: identity.id, trusted, now: now() });
    if ('problem' in read) return read;
    const { issuer, subject, jti, certificate, expiresAt } = read;
    if (issuer !== subject) return { problem: 'issuer and subject are not the same' };
    if (issuer !== clientId) return { problem: 'client_id is not the issuer' };
    const refusal = await register.refusal(issuer, certificate);
    if (refusal !== null) return { problem: refusal };
    const isFirst = await assertions.isFirst(issuer, jti, new Date(expiresAt));
    return isFirst ? { partyId: issuer } : { problem: 'it was used before' };
  };
}
