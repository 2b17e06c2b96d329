import type { Config, LiveRegistry, Report } from '#core';
import { createEgressGuard, createGuardedHttp, createIshareParty, createSystemLookUp } from '#node-client';
import { createAssertionStore, type Database, type KeyStore, type UserStore } from '#persistence';
import { createAuthentication, type Authentication } from './authentication.ts';
import { createBearers } from './bearer.ts';
import { createConnector } from './connector.ts';
import { createAssertionCheck } from './ishare-assertion.ts';
import { createIshareTokens } from './ishare-tokens.ts';
import { createOidcTokens } from './oidc-tokens.ts';
import { nodeOfParty } from './party-node.ts';
import type { RequestLimits } from './request-limit.ts';
import { createPartySignIn, type PartySignIn } from './sign-in-party.ts';
import { createTokens, type Tokens } from './tokens.ts';

export interface OpenAuthenticationOptions {
  readonly config: Config;
  readonly secret: string;
  readonly report: Report;
  readonly database: Pick<Database, 'pool'>;
  readonly stores: { readonly keys: KeyStore; readonly users: UserStore };
  readonly registry: LiveRegistry;
  readonly limits: Pick<RequestLimits, 'byPrincipal'>;
}

export interface OpenedAuthentication extends Authentication {
  readonly tokens: Tokens;
  /** Null where `security.ishare` is not configured. */
  readonly signInParty: PartySignIn | null;
}

/** Every way in that the configuration opens. */
export function openAuthentication(options: OpenAuthenticationOptions): OpenedAuthentication {
  const { config, secret, report, database, stores, registry, limits } = options;
  const { security, delivery } = config;
  const now = () => new Date();
  const guard = createEgressGuard(delivery.network.allow);
  const http = createGuardedHttp({ guard, lookUp: createSystemLookUp() });
  const nodeOf = (partyId: string) => nodeOfParty(registry.current(), partyId);
  const tokens = createTokens({ secret, previousSecret: security.previousSecret, now: Date.now });
  const party = createIshareParty(security.ishare, http, now);
  const ishare = party === null ? null : createIshareTokens(party, now);
  const oidc = createOidcTokens({ settings: security.oidc, http, now });
  const connectorOf = createConnector(security.connector.addresses);
  const authentication = createAuthentication({
    keys: stores.keys,
    findBearer: createBearers({ users: stores.users, tokens, ishare, oidc, nodeOf }),
    connectedNode(request) {
      const client = connectorOf(request);
      return client === undefined ? null : nodeOf(client);
    },
    checkLimit: (principal) => limits.byPrincipal(principal),
    report,
    now: Date.now,
  });
  const check = party && createAssertionCheck({ party, assertions: createAssertionStore(database), now });
  const signInParty = check && ishare && createPartySignIn({ check, tokens: ishare, nodeOf, report });
  return { ...authentication, tokens, signInParty };
}
