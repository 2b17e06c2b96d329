import axios from 'axios';
import { UnreachableError } from './api-error.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How an answer begins. */
export interface HttpHead {
  readonly status: number;
  /** In lower case; null without one. */
  header(name: string): string | null;
}

export interface HttpReply extends HttpHead {
  readonly text: string;
  /** The body as it came in. */
  readonly bytes: Uint8Array;
}

/** Makes one request. Any status is a reply; no reply is an `UnreachableError`. */
export type Exchange = (request: HttpRequest) => Promise<HttpReply>;

/** @param timeout Seconds for a whole exchange. */
export function createExchange({ timeout }: { readonly timeout: number }): Exchange {
  const http = axios.create({
    timeout: timeout * 1_000,
    // A redirect would carry the credentials to wherever it points.
    maxRedirects: 0,
    responseType: 'arraybuffer',
    validateStatus: () => true,
    transformRequest: [(body: unknown) => body],
    transformResponse: [(bytes: unknown) => bytes],
    transitional: { clarifyTimeoutError: true },
  });

  return async ({ method, url, headers, body, signal }) => {
    try {
      const {
        status,
        headers: answered,
        data,
      } = await http.request<ArrayBuffer | Uint8Array>({
        method,
        url,
        headers: { accept: 'application/json', ...headers },
        data: body,
        ...(signal !== undefined && { signal }),
        ...(isLoopback(url) && { proxy: false as const }),
      });
      const bytes = new Uint8Array(data);
      return { status, header: headerReader(answered), text: new TextDecoder().decode(bytes), bytes };
    } catch (error) {
      signal?.throwIfAborted();
      throw unreachable(url, error);
    }
  };
}

/** Headers by name, in whatever case they were sent. */
export function headerReader(headers: object): HttpHead['header'] {
  const known = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
  return (name) => known.get(name) ?? null;
}

export function unreachable(url: string, error: unknown): UnreachableError {
  return new UnreachableError(new URL(url).origin, codeOf(error), error);
}

/** What listens on this machine is not behind the proxy that the environment names. */
function isLoopback(url: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);
}

function codeOf(error: unknown): string {
  return (axios.isAxiosError(error) ? error.code : undefined) ?? 'no reason given';
}
