import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import { createSecureContext, type SecureContext } from 'node:tls';
import axios, { type AxiosResponse } from 'axios';
import { connectionFailure, type ConnectError } from '../connection/failure.ts';
import { endpointOf, openSocket, type SocketOptions, targetOf } from '../connection/open-socket.ts';
import { readNodeUrl } from '../egress/node-url.ts';
import { TokenError } from './token-error.ts';

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as `application/x-www-form-urlencoded`. */
  readonly form?: Readonly<Record<string, string>>;
  /** Certificates to trust instead of the well-known ones, PEM. */
  readonly ca?: string | undefined;
  /** Seconds for all of it. */
  readonly timeout: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** Calls servers that hand out tokens, and registers, behind the same guard as deliveries. Throws `TokenError` without an answer. */
export type GuardedHttp = (call: HttpCall) => Promise<HttpAnswer>;

/** Bytes: a token with a long chain of certificates in it is a few thousand. */
const LONGEST_ANSWER = 256 * 1_024;

/**
 * axios over connections that `openSocket` makes: literal, looked-up and connected address are checked as for deliveries. No redirect is
 * followed, no proxy asked, nothing decompressed, and each call has a connection of its own.
 */
export function createGuardedHttp(options: SocketOptions): GuardedHttp {
  return async ({ method, url, headers = {}, form, ca, timeout }) => {
    const { url: parsed, problem } = readNodeUrl(url);
    const place = parsed === undefined ? 'the token server' : endpointOf(targetOf(parsed.origin));
    if (problem !== undefined) throw new TokenError({ outcome: 'auth-error', error: `${place}: ${problem}` });
    const guarded = guardedAgent(parsed.origin, { ...options, secureContext: contextOf(ca) });
    const signal = AbortSignal.timeout(Math.max(1, Math.round(timeout * 1_000)));
    signal.addEventListener('abort', guarded.destroy);
    try {
      const answer: AxiosResponse<unknown> = await axios.request({
        method,
        url,
        headers: { accept: 'application/json', 'accept-encoding': 'identity', ...headers },
        ...(form !== undefined && { data: new URLSearchParams(form) }),
        ...guarded.agents,
        ...SETTINGS,
        signal,
      });
      return { status: answer.status, text: typeof answer.data === 'string' ? answer.data : '' };
    } catch (error) {
      if (guarded.failure() !== null) throw failed(place, guarded.failure(), error);
      const within = { outcome: 'timeout', error: `no answer from ${place} within ${timeout} s` } as const;
      throw signal.aborted ? new TokenError(within, { cause: error }) : failed(place, null, error);
    } finally {
      signal.removeEventListener('abort', guarded.destroy);
      guarded.destroy();
    }
  };
}

const SETTINGS = {
  adapter: 'http',
  proxy: false,
  maxRedirects: 0,
  maxContentLength: LONGEST_ANSWER,
  decompress: false,
  responseType: 'text',
  validateStatus: () => true,
  transformResponse: (text: unknown) => text,
} as const;

function failed(place: string, known: ConnectError | null, error: unknown): TokenError {
  const { outcome, error: words } = known?.failure ?? connectionFailure(place, error);
  return new TokenError({ outcome, error: `no token: ${words}` }, { cause: error });
}

function contextOf(ca: string | undefined): SecureContext | undefined {
  return ca === undefined ? undefined : createSecureContext({ ca });
}

/** An agent for one request, whose connection is guarded; it remembers why there was none. */
function guardedAgent(origin: string, options: SocketOptions) {
  const target = targetOf(origin);
  const agent = target.isTls ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false });
  let failure: ConnectError | null = null;
  let socket: Duplex | null = null;

  agent.createConnection = (_, callback) => {
    socket = openSocket(target, options, {
      reached: () => undefined,
      opened: (open) => callback?.(null, open),
      failed(error) {
        failure = error;
        callback?.(error, undefined as never);
      },
    });
    return null;
  };
  return {
    agents: target.isTls ? { httpsAgent: agent } : { httpAgent: agent },
    failure: () => failure,
    /** Ends also a connection that is still being made. */
    destroy: () => void socket?.destroy(),
  };
}
