import { hash } from 'node:crypto';
import type { Token } from './read-token.ts';

export interface TokenCache<Auth extends object> {
  /** The token for these credentials, from memory while it is good. Throws `TokenError`. */
  get(auth: Auth): Promise<string>;
  /** A node did not take this token: it is forgotten, unless another one has come in its place. */
  drop(auth: Auth, token: string): void;
}

export interface TokenCacheOptions<Auth extends object> {
  fetch(auth: Auth): Promise<Token>;
  /** Milliseconds since any fixed moment. */
  clock(): number;
}

/** A token is not used in its last seconds: as many as this, or a tenth of its life when that is less. */
const MARGIN = 30;
/** Tokens kept, the least lately fetched one goes. */
const MOST = 10_000;

interface Entry {
  readonly token: Promise<string>;
  /** On the clock; endless while it is being fetched, so that all who want it meanwhile share it. */
  expiresAt: number;
  text: string | null;
}

/** Keeps tokens by the credentials they were fetched with. Whoever wants one that is being fetched waits for it; failures are not kept. */
export function createTokenCache<Auth extends object>({ fetch, clock }: TokenCacheOptions<Auth>): TokenCache<Auth> {
  const entries = new Map<string, Entry>();
  const keys = new WeakMap<Auth, string>();

  /** Not the credentials themselves: a map's keys are easily shown. */
  function keyOf(auth: Auth): string {
    let key = keys.get(auth);
    if (key === undefined) {
      key = hash(
        'sha256',
        JSON.stringify(Object.entries(auth).toSorted(([one], [other]) => (one < other ? -1 : 1))),
        'hex',
      );
      keys.set(auth, key);
    }
    return key;
  }

  function begin(key: string, auth: Auth): Promise<string> {
    const entry: Entry = { token: fetch(auth).then(keep), expiresAt: Infinity, text: null };
    function keep({ text, expiresIn }: Token): string {
      entry.text = text;
      entry.expiresAt = clock() + (expiresIn - Math.min(MARGIN, expiresIn / 10)) * 1_000;
      return text;
    }
    entries.delete(key);
    entries.set(key, entry);
    if (entries.size > MOST) entries.delete(entries.keys().next().value ?? key);
    entry.token.catch(() => {
      if (entries.get(key) === entry) entries.delete(key);
    });
    return entry.token;
  }

  return {
    get(auth) {
      const key = keyOf(auth);
      const known = entries.get(key);
      return known !== undefined && known.expiresAt > clock() ? known.token : begin(key, auth);
    },
    drop(auth, token) {
      const key = keyOf(auth);
      if (entries.get(key)?.text === token) entries.delete(key);
    },
  };
}
