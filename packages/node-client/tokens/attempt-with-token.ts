import type { AttemptResult } from '#core';
import { failedResult } from '../exchange.ts';
import type { TokenAuth } from '../request/plain-auth.ts';
import type { TokenCache } from './token-cache.ts';
import { TokenError } from './token-error.ts';

export interface TokenAttempt {
  readonly tokens: TokenCache<TokenAuth>;
  readonly auth: TokenAuth;
  /** Seconds for all of it. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** Makes the exchange with the node; `spent` seconds of the budget are used up. */
  send(token: string, spent: number): Promise<AttemptResult>;
}

/**
 * An attempt at a node that wants a token. When it does not take it (401) the token may have been withdrawn: another one is fetched, and
 * the request made once more, within the same budget. Rejects with the signal's reason only.
 */
export async function attemptWithToken({ tokens, auth, timeout, signal, send }: TokenAttempt): Promise<AttemptResult> {
  const startedAt = performance.now();
  const spent = () => (performance.now() - startedAt) / 1_000;
  const whole = (result: AttemptResult): AttemptResult => ({ ...result, duration: result.endedAt - startedAt });

  async function once(): Promise<{ readonly token?: string; readonly result: AttemptResult }> {
    const got = await within(tokens.get(auth), timeout - spent(), signal);
    if (typeof got !== 'string')
      return { result: failedResult(got.failure, { duration: 0, endedAt: performance.now() }) };
    // Between the token and the request no one listens to it.
    signal?.throwIfAborted();
    return { token: got, result: await send(got, spent()) };
  }

  const first = await once();
  if (first.token === undefined || first.result.status !== 401) return whole(first.result);
  tokens.drop(auth, first.token);
  const second = spent() < timeout ? await once() : first;
  // What the node said tells more than that there was no other token.
  return whole(second.token === undefined ? first.result : second.result);
}

/** The token, or why there is none after `seconds`. The fetch goes on for who else waits for it. */
function within(token: Promise<string>, seconds: number, signal?: AbortSignal): Promise<string | TokenError> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(() => resolve(tooLate())), Math.max(0, seconds) * 1_000);
    const giveUp = () => settle(() => reject(signal?.reason as Error));
    function settle(answer: () => void): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      answer();
    }
    signal?.addEventListener('abort', giveUp);
    token.then(
      (text) => settle(() => resolve(text)),
      (error: unknown) => settle(() => (error instanceof TokenError ? resolve(error) : reject(error))),
    );
  });
}

function tooLate(): TokenError {
  return new TokenError({ outcome: 'timeout', error: 'no token within the time for the attempt' });
}
