import type { Config, IshareAuth } from '#core';
import type { GuardedHttp } from '../tokens/guarded-http.ts';
import { createTokenCache } from '../tokens/token-cache.ts';
import { type IshareIdentity, readIshareIdentity } from './identity.ts';
import { createIshareToken } from './ishare-token.ts';
import { createIshareRegister, type IshareRegister } from './register.ts';

/** What `security.ishare` makes us: a party with a name and a key, and others to ask about. */
export interface IshareParty {
  readonly identity: IshareIdentity;
  readonly register: IshareRegister;
}

/** Seconds for a token of the register. */
const TIMEOUT = 10;

/** Null when `security.ishare` is not configured. @throws {Error} when it can't be used. */
export function createIshareParty(
  { id, privateKey, certificates, roots, register: server }: Config['security']['ishare'],
  http: GuardedHttp,
  now: () => Date,
): IshareParty | null {
  if (id === undefined || privateKey === undefined || certificates === undefined) return null;
  const identity = readIshareIdentity(id, privateKey, certificates);
  if ('problem' in identity) throw new Error(`security.ishare: ${identity.problem}`);
  const { id: partyId, url, ca } = server;
  const place = partyId === undefined || url === undefined ? undefined : { id: partyId, url, ca };
  const fetchToken = createIshareToken({ http, identity, register: null, now });
  const tokens = createTokenCache<IshareAuth>({
    fetch: (auth) => fetchToken(auth, TIMEOUT),
    clock: () => performance.now(),
  });
  const tokenUrl = `${url?.replace(/\/+$/, '')}/connect/token`;
  const auth = { type: 'ishare', tokenUrl, partyId: partyId ?? '', ca } as const;
  const register = createIshareRegister({
    id,
    roots: roots ?? '',
    register: place,
    http,
    token: () => tokens.get(auth),
    now,
  });
  return { identity, register };
}
