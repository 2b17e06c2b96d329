import type { HttpRequest } from './exchange.ts';

/** How the client says who it is: a user by name and password, or by a token had elsewhere; a node by its key, or as an iSHARE party. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  | { readonly token: string }
  | { readonly apiKey: string }
  | PartyCredentials;

export interface PartyCredentials {
  /** The party's identifier (EORI). */
  readonly party: string;
  /** Makes a client assertion for the orchestrator (iSHARE): asked for one with each token, since one is good once and for 30 s. */
  readonly assertion: () => string | Promise<string>;
}

/** The header that tells who makes a call. */
export interface Authorization {
  headers(signal?: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** Told that what `headers` gave was refused. True when it will give others, so that trying again makes sense. */
  refused(headers: Readonly<Record<string, string>>): boolean;
}

export interface AuthorizationOptions {
  readonly baseUrl: string;
  /** Asks for the document that a request is answered with. */
  readonly ask: (request: HttpRequest) => Promise<unknown>;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** A token is replaced when this part of its life is left, but a minute at most before its end. */
const LAST_PART = 0.1;
const MARGIN = 60;

export function createAuthorization(credentials: Credentials, options: AuthorizationOptions): Authorization {
  if ('apiKey' in credentials) return fixed({ 'x-api-key': credentials.apiKey });
  if ('token' in credentials) return fixed({ authorization: `Bearer ${credentials.token}` });
  return refreshed(
    'party' in credentials ? () => partyRequest(credentials) : () => passwordRequest(credentials),
    options,
  );
}

/** Where a token is had, and for what. */
interface TokenRequest {
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
}

function passwordRequest({
  username,
  password,
}: {
  readonly username: string;
  readonly password: string;
}): TokenRequest {
  return { path: '/api/v1/token', form: { grant_type: 'password', username, password } };
}

async function partyRequest({ party, assertion }: PartyCredentials): Promise<TokenRequest> {
  const form = {
    grant_type: 'client_credentials',
    scope: 'iSHARE',
    client_id: party,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await assertion(),
  };
  return { path: '/connect/token', form };
}

function fixed(headers: Readonly<Record<string, string>>): Authorization {
  return { headers: () => Promise.resolve(headers), refused: () => false };
}

interface Held {
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** Gets a token when it is first needed and whenever it is about to end. Calls made at the same time share one. */
function refreshed(
  requestToken: () => TokenRequest | Promise<TokenRequest>,
  { baseUrl, ask, now }: AuthorizationOptions,
): Authorization {
  let held: Held | undefined;
  let asked: Promise<Held> | undefined;

  async function askForToken(): Promise<Held> {
    const { path, form } = await requestToken();
    const body = new URLSearchParams(form).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const askedAt = now();
    const answer = await ask({ method: 'POST', url: baseUrl + path, headers, body });
    const { access_token: token, expires_in: seconds } = answer as TokenAnswer;
    const lifetime = seconds - Math.min(MARGIN, seconds * LAST_PART);
    return { headers: { authorization: `Bearer ${token}` }, until: askedAt + lifetime * 1_000 };
  }

  return {
    async headers(signal) {
      if (held !== undefined && held.until > now()) return held.headers;
      asked ??= askForToken().finally(() => (asked = undefined));
      held = await unlessAborted(asked, signal);
      return held.headers;
    },
    refused(headers) {
      const isHeld = held?.headers === headers;
      if (isHeld) held = undefined;
      return isHeld;
    },
  };
}

interface TokenAnswer {
  readonly access_token: string;
  readonly expires_in: number;
}

/** The one that gives up stops waiting; the token goes on being asked for, for the others. */
function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason as Error);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
