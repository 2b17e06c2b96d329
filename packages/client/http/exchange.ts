import axios from 'axios';
import { UnreachableError } from './api-error.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpReply {
  readonly status: number;
  /** In lower case; null without one. */
  header(name: string): string | null;
  readonly text: string;
}

/** Makes one request. Any status is a reply; no reply is an `UnreachableError`. */
export type Exchange = (request: HttpRequest) => Promise<HttpReply>;

/** @param timeout Seconds for a whole exchange. */
export function createExchange({ timeout }: { readonly timeout: number }): Exchange {
  const http = axios.create({
    timeout: timeout * 1_000,
    // A redirect would carry the credentials to wherever it points.
    maxRedirects: 0,
    responseType: 'text',
    validateStatus: () => true,
    transformRequest: [(body: unknown) => body],
    transformResponse: [(text: unknown) => text],
    transitional: { clarifyTimeoutError: true },
  });

  return async ({ method, url, headers, body, signal }) => {
    try {
      const {
        status,
        headers: answered,
        data,
      } = await http.request<unknown>({
        method,
        url,
        headers: { accept: 'application/json', ...headers },
        data: body,
        ...(signal !== undefined && { signal }),
        ...(isLoopback(url) && { proxy: false as const }),
      });
      const known = new Map(Object.entries(answered).map(([name, value]) => [name.toLowerCase(), String(value)]));
      return { status, header: (name) => known.get(name) ?? null, text: typeof data === 'string' ? data : '' };
    } catch (error) {
      signal?.throwIfAborted();
      throw new UnreachableError(new URL(url).origin, codeOf(error), error);
    }
  };
}

/** What listens on this machine is not behind the proxy that the environment names. */
function isLoopback(url: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);
}

function codeOf(error: unknown): string {
  return (axios.isAxiosError(error) ? error.code : undefined) ?? 'no reason given';
}
