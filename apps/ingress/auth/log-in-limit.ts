import type { Request, RequestHandler } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '../http/problem.ts';

export interface LogInLimitOptions {
  /** The user name a request tries, as the route reads it. */
  usernameOf(request: Request): string;
  /** Wrong log-ins of one user name from one address, and of all names from one address, within `seconds`. */
  readonly perPair?: number;
  readonly perAddress?: number;
  readonly seconds?: number;
}

/**
 * Answers 429 to whoever guesses passwords. What is locked is the pair of name and address, so that nobody can lock another out, and an
 * address that tries many names. A try counts before its password is checked, so that a thousand at once don't slip through; one that
 * was right, told by a status below 400, is given back.
 */
export function createLogInLimit(options: LogInLimitOptions): RequestHandler {
  const { usernameOf, perPair = 10, perAddress = 100, seconds = 900 } = options;
  const pairs = new RateLimiterMemory({ points: perPair, duration: seconds });
  const addresses = new RateLimiterMemory({ points: perAddress, duration: seconds });

  return async (request, response, next) => {
    const address = request.ip ?? '';
    const pair = JSON.stringify([address, usernameOf(request)]);
    await count(addresses, address);
    await count(pairs, pair);
    response.on('finish', () => {
      if (response.statusCode >= 400) return;
      void pairs.delete(pair);
      void addresses.reward(address);
    });
    next();
  };
}

async function count(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    const retryAfter = refusal.msBeforeNext / 1_000;
    throw new Problem(429, 'too-many-log-ins', 'too many wrong log-ins: try again later', { retryAfter });
  }
}
