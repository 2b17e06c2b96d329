import type { Authorization } from './authorization.ts';
import type { HttpReply, HttpRequest } from './exchange.ts';
import type { Platform } from './platform.ts';
import { readReply } from './read-reply.ts';
import { pauseBeforeRepeat, type RepeatPolicy } from './repeat.ts';

/** What every call takes. */
export interface CallOptions {
  /** Gives the call up, and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export type Query = Readonly<Record<string, string | number | Date | undefined>>;

export interface ApiCall extends CallOptions {
  readonly method: HttpRequest['method'];
  /** Below the system's address, such as `/api/v1/nodes`. */
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default: `application/json`. */
  readonly contentType?: string;
  /** Making the call twice does no more than making it once. GET is so anyway. */
  readonly repeatable?: boolean;
}

/** Makes calls as whoever the client is. The document in the answer is what the contract says it is. */
export interface Api {
  call<Answer>(call: ApiCall): Promise<Answer>;
}

export interface ApiOptions {
  readonly baseUrl: string;
  readonly authorization: Authorization;
  readonly platform: Platform;
  readonly policy: RepeatPolicy;
}

export function createApi({ baseUrl, authorization, platform, policy }: ApiOptions): Api {
  async function attempt({ method, path, query, body, contentType = 'application/json', signal }: ApiCall) {
    const authorized = await authorization.headers(signal);
    const typed = body === undefined ? {} : { 'content-type': contentType };
    const reply = await platform.exchange({
      method,
      url: baseUrl + path + queryText(query),
      headers: { ...typed, ...authorized },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    });
    return { reply, authorized };
  }

  /** A token may have become void before its time; what was refused for that was not carried out, and is safe to try again. */
  async function attemptAuthorized(call: ApiCall): Promise<HttpReply> {
    const { reply, authorized } = await attempt(call);
    if (reply.status !== 401 || !authorization.refused(authorized)) return reply;
    return (await attempt(call)).reply;
  }

  return {
    async call<Answer>(call: ApiCall) {
      const once = async () => readReply(await attemptAuthorized(call), platform.now());
      const isRepeatable = call.method === 'GET' || call.repeatable === true;
      const document = isRepeatable ? await repeating(once, { platform, policy, signal: call.signal }) : await once();
      return document as Answer;
    },
  };
}

/** Does something again while it fails in a way that may pass. */
export async function repeating<Result>(
  work: () => Promise<Result>,
  options: {
    readonly platform: Pick<Platform, 'pause' | 'random'>;
    readonly policy: RepeatPolicy;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Result> {
  const { platform, policy, signal } = options;
  for (let failed = 1; ; failed += 1) {
    try {
      return await work();
    } catch (error) {
      const seconds = pauseBeforeRepeat(error, { failed, chance: platform.random() }, policy);
      if (seconds === null) throw error;
      await platform.pause(seconds, signal);
    }
  }
}

function queryText(query: Query = {}): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) given.append(name, value instanceof Date ? value.toISOString() : String(value));
  }
  return given.size === 0 ? '' : `?${given.toString()}`;
}
