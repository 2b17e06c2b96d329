import type { RequestHandler } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '#core';
import { Problem } from '../http/problem.ts';
import { actorOf, type Principal } from './principal.ts';

/** How much one may ask for in a second, at this process. */
export interface RequestLimits {
  /** Goes before everything else, so that who asks too much costs next to nothing. */
  readonly byAddress: RequestHandler;
  /** @throws Problem 429 */
  byPrincipal(principal: Principal): Promise<void>;
}

/** `security.limits`, requests a second; 0 is no limit, and costs nothing. */
export function createRequestLimits({ key, address }: Config['security']['limits']): RequestLimits {
  const consumeAddress = limitOf(address);
  const consumeKey = limitOf(key);
  return {
    byAddress: async (request, _response, next) => {
      if (consumeAddress !== null) await consumeAddress(request.ip ?? '');
      next();
    },
    async byPrincipal(principal) {
      if (consumeKey !== null) await consumeKey(actorOf(principal));
    },
  };
}

function limitOf(points: number): ((key: string) => Promise<void>) | null {
  if (points === 0) return null;
  const limiter = new RateLimiterMemory({ points, duration: 1 });
  return async (key) => {
    try {
      await limiter.consume(key);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const retryAfter = refusal.msBeforeNext / 1_000;
      throw new Problem(429, 'too-many-requests', `expected at most ${points} requests a second`, { retryAfter });
    }
  };
}
