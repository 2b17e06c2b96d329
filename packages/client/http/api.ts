import type { Authorization } from './authorization.ts';
import { UnreachableError } from './api-error.ts';
import type { HttpHead, HttpReply, HttpRequest } from './exchange.ts';
import type { Platform } from './platform.ts';
import { readEvents, type ServerEvent } from './read-events.ts';
import { readReply, requireSuccess, unexpectedReply } from './read-reply.ts';
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
  /** For answers that are no documents. */
  bytes(call: ApiCall): Promise<HttpReply>;
  /** The events of a stream that is opened again whenever it ends; null each time that it has been opened. */
  events(call: ApiCall): AsyncGenerator<ServerEvent | null, void, undefined>;
}

export interface ApiOptions {
  readonly baseUrl: string;
  readonly authorization: Authorization;
  readonly platform: Platform;
  readonly policy: RepeatPolicy;
}

export function createApi({ baseUrl, authorization, platform, policy }: ApiOptions): Api {
  async function attempt<Reply extends HttpHead>(
    { method, path, query, body, contentType = 'application/json', signal }: ApiCall,
    exchange: (request: HttpRequest) => Promise<Reply>,
  ) {
    const authorized = await authorization.headers(signal);
    const typed = body === undefined ? {} : { 'content-type': contentType };
    const reply = await exchange({
      method,
      url: baseUrl + path + queryText(query),
      headers: { ...typed, ...authorized },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    });
    return { reply, authorized };
  }

  /** A token may have become void before its time; what was refused for that was not carried out, and is safe to try again. */
  async function attemptAuthorized<Reply extends HttpHead>(
    call: ApiCall,
    exchange: (request: HttpRequest) => Promise<Reply>,
  ): Promise<Reply> {
    const { reply, authorized } = await attempt(call, exchange);
    if (reply.status !== 401 || !authorization.refused(authorized)) return reply;
    return (await attempt(call, exchange)).reply;
  }

  /** Repeats what is safe to repeat. */
  async function exchange<Result>(call: ApiCall, read: (reply: HttpReply) => Result): Promise<Result> {
    const once = async () => read(await attemptAuthorized(call, platform.exchange));
    const isRepeatable = call.method === 'GET' || call.repeatable === true;
    return isRepeatable ? repeating(once, { platform, policy, signal: call.signal }) : once();
  }

  async function openEvents(call: ApiCall) {
    const stream = await attemptAuthorized(call, platform.stream);
    const isStream = stream.header('content-type')?.startsWith('text/event-stream') ?? false;
    if (isStream) return readEvents(stream.chunks);
    const reply = { status: stream.status, header: stream.header, text: await textOf(stream.chunks) };
    requireSuccess(reply, platform.now());
    throw unexpectedReply(reply, platform.now());
  }

  return {
    call: async <Answer>(call: ApiCall) =>
      (await exchange(call, (reply) => readReply(reply, platform.now()))) as Answer,
    bytes: (call) =>
      exchange(call, (reply) => {
        requireSuccess(reply, platform.now());
        return reply;
      }),
    async *events(call) {
      for (;;) {
        const events = await repeating(() => openEvents(call), { platform, policy, signal: call.signal });
        yield null;
        try {
          yield* events;
        } catch (error) {
          if (!(error instanceof UnreachableError)) throw error;
        }
        await platform.pause(policy.firstPause, call.signal);
      }
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

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
  return text;
}
