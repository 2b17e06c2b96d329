import type { HttpRequest } from './exchange.ts';

/** How the client says who it is: a user by name and password, or by a token had elsewhere; a node by its key. */
export type Credentials =
  { readonly username: string; readonly password: string } | { readonly token: string } | { readonly apiKey: string };

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
  return refreshed(credentials, options);
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
  { username, password }: { readonly username: string; readonly password: string },
  { baseUrl, ask, now }: AuthorizationOptions,
): Authorization {
  let held: Held | undefined;
  let asked: Promise<Held> | undefined;

  async function askForToken(): Promise<Held> {
    const body = new URLSearchParams({ grant_type: 'password', username, password }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const askedAt = now();
    const answer = await ask({ method: 'POST', url: `${baseUrl}/api/v1/token`, headers, body });
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
