import type { IshareAuth } from '#core';
import type { GuardedHttp } from '../tokens/guarded-http.ts';
import { readToken, type Token } from '../tokens/read-token.ts';
import { refused } from '../tokens/token-error.ts';
import { makeClientAssertion } from './client-assertion.ts';
import { type IshareIdentity, readIshareIdentity } from './identity.ts';
import type { IshareRegister } from './register.ts';

/** RFC 7523, section 2.2. */
export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const SCOPE = 'iSHARE';

export interface IshareTokenOptions {
  readonly http: GuardedHttp;
  /** `security.ishare`: who we are where a node does not say. */
  readonly identity: IshareIdentity | null;
  /** Null: no party is asked about. */
  readonly register: Pick<IshareRegister, 'refusal'> | null;
  now(): Date;
}

/** Fetches tokens by client assertion (iSHARE, "Access token"), from parties that the register says are active. */
export function createIshareToken({ http, identity, register, now }: IshareTokenOptions) {
  /** `timeout` is in seconds. Throws `TokenError`. */
  return async (auth: IshareAuth, timeout: number): Promise<Token> => {
    const { tokenUrl, partyId, scope = SCOPE, ca } = auth;
    const us = identityFor(auth, identity);
    if ('problem' in us) throw refused(`no iSHARE identity to show: ${us.problem}`);
    const refusal = (await register?.refusal(partyId)) ?? null;
    if (refusal !== null) throw refused(refusal);
    const answer = await http({
      method: 'POST',
      url: tokenUrl,
      form: {
        grant_type: 'client_credentials',
        scope,
        client_id: us.id,
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await makeClientAssertion(us, partyId, now()),
      },
      ca,
      timeout,
    });
    return readToken(answer, new URL(tokenUrl).host);
  };
}

/** The node's own, else the configured one. */
function identityFor(
  { clientId, privateKey, certificates }: Pick<IshareAuth, 'clientId' | 'privateKey' | 'certificates'>,
  configured: IshareIdentity | null,
): IshareIdentity | { readonly problem: string } {
  if (clientId !== undefined && privateKey !== undefined && certificates !== undefined) {
    return readIshareIdentity(clientId, privateKey, certificates);
  }
  if (clientId ?? privateKey ?? certificates)
    return { problem: 'expected clientId, privateKey and certificates, or none of them' };
  return (
    configured ?? {
      problem: 'expected security.ishare to be configured, or clientId, privateKey and certificates here',
    }
  );
}
