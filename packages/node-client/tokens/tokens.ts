import type { Config } from '#core';
import type { SocketOptions } from '../connection/open-socket.ts';
import { createIshareToken } from '../ishare/ishare-token.ts';
import { createIshareParty } from '../ishare/party.ts';
import type { TokenAuth } from '../request/plain-auth.ts';
import { createGuardedHttp } from './guarded-http.ts';
import { createOAuth2 } from './oauth2-token.ts';
import type { Token } from './read-token.ts';
import { createTokenCache, type TokenCache } from './token-cache.ts';
import { refused, TokenError } from './token-error.ts';

export interface TokensOptions extends SocketOptions {
  readonly ishare: Config['security']['ishare'];
  now(): Date;
}

/** Seconds that a token server may take, whoever waits for it. */
const TIMEOUT = 30;

/** Tokens for nodes, by whatever way each wants to be shown who we are. */
export function createTokens({ ishare, now, ...sockets }: TokensOptions): TokenCache<TokenAuth> {
  const http = createGuardedHttp(sockets);
  const party = createIshareParty(ishare, http, now);
  const identity = party?.identity ?? null;
  const asOAuth2 = createOAuth2(http);
  // Without a register all that is configured are roots, which say nothing of a token server.
  const register = ishare.register.url === undefined ? null : (party?.register ?? null);
  const asIshare = createIshareToken({ http, identity, register, now });

  async function fetch(auth: TokenAuth): Promise<Token> {
    try {
      return await (auth.type === 'oauth2' ? asOAuth2(auth, TIMEOUT) : asIshare(auth, TIMEOUT));
    } catch (error) {
      // Anything else is a setting that was stored before it was checked: for the node, not for the lane.
      throw error instanceof TokenError
        ? error
        : Object.assign(refused('no token: the settings or the answer are not right'), { cause: error });
    }
  }

  return createTokenCache({ fetch, clock: () => performance.now() });
}
