import type { Report } from '#core';
import { TokenError } from '#node-client';
import { Problem } from '../http/problem.ts';
import type { createAssertionCheck } from './ishare-assertion.ts';
import type { IshareTokens } from './ishare-tokens.ts';
import type { IssuedToken } from './tokens.ts';

/** A token for the party of a client assertion; null when it is not accepted. Throws a 503 while that can't be found out. */
export type PartySignIn = (assertion: string, clientId: string) => Promise<IssuedToken | null>;

export interface PartySignInOptions {
  readonly check: ReturnType<typeof createAssertionCheck>;
  readonly tokens: Pick<IshareTokens, 'issue'>;
  /** The id of the node that a party is. */
  nodeOf(partyId: string): string | null;
  readonly report: Report;
}

/** Why an assertion is refused is for the log: who guesses learns nothing from the answer. */
export function createPartySignIn({ check, tokens, nodeOf, report }: PartySignInOptions): PartySignIn {
  return async (assertion, clientId) => {
    const checked = await check(assertion, clientId).catch((error: unknown) => {
      if (!(error instanceof TokenError)) throw error;
      report.error('ishare.register-unavailable', { error });
      throw new Problem(503, 'unavailable', 'who you are can not be looked up now', { retryAfter: 5 });
    });
    const problem = 'problem' in checked ? checked.problem : null;
    const node = 'problem' in checked ? null : nodeOf(checked.partyId);
    if ('problem' in checked || node === null) {
      report.warn('ishare.refused', { party: clientId, reason: problem ?? 'no node is this party' });
      return null;
    }
    report.info('ishare.signed-in', { party: checked.partyId, node });
    return tokens.issue(checked.partyId);
  };
}
