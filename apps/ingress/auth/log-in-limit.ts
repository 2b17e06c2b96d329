import { hash } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import type { Database } from '#persistence';
import { Problem } from '../http/problem.ts';

export interface LogInLimitOptions {
  /** The user name a request tries, as the route reads it. */
  usernameOf(request: Request): string;
  /** Wrong log-ins of one user name from one address, and of all names from one address, within `seconds`. */
  readonly perPair?: number;
  readonly perAddress?: number;
  readonly seconds?: number;
  /** A pool of the database in which the whole fleet counts; each process for itself without. */
  readonly shared?: Database['pool'] | undefined;
}

/**
 * Answers 429 to whoever guesses passwords. What is locked is the pair of name and address, so that nobody can lock another out, and an
 * address that tries many names. A try counts before its password is checked, so that a thousand at once don't slip through; one that
 * was right, told by a status below 400, is given back.
 */
export function createLogInLimit(options: LogInLimitOptions): RequestHandler {
  const { usernameOf, perPair = 10, perAddress = 100, seconds = 900, shared } = options;
  const pairs = limiterOf('pair', perPair, seconds, shared);
  const addresses = limiterOf('address', perAddress, seconds, shared);

  return async (request, response, next) => {
    const address = request.ip ?? '';
    // Names may be longer than a key can be, and a mistyped one may be a password.
    const pair = hash('sha256', JSON.stringify([address, usernameOf(request)]), 'hex');
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

/** While the database can't be asked each process counts for itself. */
function limiterOf(
  keyPrefix: string,
  points: number,
  duration: number,
  storeClient: Database['pool'] | undefined,
): RateLimiterAbstract {
  const memory = new RateLimiterMemory({ keyPrefix, points, duration });
  if (storeClient === undefined) return memory;
  return new RateLimiterPostgres({
    storeClient,
    storeType: 'pool',
    tableName: 'log_in_limit',
    tableCreated: true,
    keyPrefix,
    points,
    duration,
    insuranceLimiter: memory,
  });
}

async function count(limiter: RateLimiterAbstract, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    const retryAfter = refusal.msBeforeNext / 1_000;
    throw new Problem(429, 'too-many-log-ins', 'too many wrong log-ins: try again later', { retryAfter });
  }
}
