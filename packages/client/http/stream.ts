import axios from 'axios';
import { headerReader, unreachable, type HttpHead, type HttpRequest } from './exchange.ts';

export interface HttpStream extends HttpHead {
  /** The body as it comes. Rejects with an `UnreachableError` when it breaks off, and with the signal's reason when it is given up. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Makes a request whose answer goes on, for as long as it does. Any status is an answer; none is an `UnreachableError`. */
export type OpenStream = (request: HttpRequest) => Promise<HttpStream>;

export const openStream: OpenStream = async ({ method, url, headers, signal }) => {
  try {
    const {
      status,
      headers: answered,
      data,
    } = await axios.request<ReadableStream<Uint8Array>>({
      method,
      url,
      headers: { accept: 'text/event-stream', ...headers },
      // The one adapter whose streams are the same in browsers and in Node.js.
      adapter: 'fetch',
      responseType: 'stream',
      fetchOptions: { redirect: 'manual' },
      validateStatus: () => true,
      ...(signal !== undefined && { signal }),
    });
    return { status, header: headerReader(answered), chunks: chunksOf(data, url, signal) };
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable(url, error);
  }
};

/** Whoever stops reading half-way closes the connection. */
async function* chunksOf(body: ReadableStream<Uint8Array>, url: string, signal: AbortSignal | undefined) {
  const reader = body.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable(url, error);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
