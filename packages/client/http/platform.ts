import { createExchange, type Exchange } from './exchange.ts';
import { openStream, type OpenStream } from './stream.ts';

/** What the client takes of the world. */
export interface Platform {
  readonly exchange: Exchange;
  readonly stream: OpenStream;
  /** Milliseconds since the epoch. */
  now(): number;
  /** From 0 to 1. */
  random(): number;
  /** Rejects with the signal's reason as soon as it is aborted. */
  pause(seconds: number, signal?: AbortSignal): Promise<void>;
}

/** @param timeout Seconds for a whole exchange. */
export function realPlatform(options: { readonly timeout: number }): Platform {
  return { exchange: createExchange(options), stream: openStream, now: Date.now, random: Math.random, pause };
}

function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(end, seconds * 1_000);
    signal?.addEventListener('abort', giveUp, { once: true });
    function end(): void {
      signal?.removeEventListener('abort', giveUp);
      resolve();
    }
    function giveUp(): void {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    }
    if (signal?.aborted) giveUp();
  });
}
