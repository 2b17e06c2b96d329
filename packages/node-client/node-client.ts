import type { AttemptResult, Config, DeliverableNode, OutboundMessage } from '#core';
import type { Connection } from './connection/connection.ts';
import { ConnectionPool } from './connection/connection-pool.ts';
import { createEgressGuard } from './egress/egress-guard.ts';
import { Exchange, failedResult } from './exchange.ts';
import { cacheLookUps } from './name-lookup/look-up-cache.ts';
import { createSystemLookUp, type LookUp } from './name-lookup/look-up.ts';
import { type NodePlan, planFor, requestFor } from './request/node-plan.ts';
import { needsToken } from './request/plain-auth.ts';
import { createUnderWay } from './under-way.ts';
import { attemptWithToken } from './tokens/attempt-with-token.ts';
import { createTokens } from './tokens/tokens.ts';

export interface NodeClientOptions {
  /** `delivery.network.allow`: host names, addresses and CIDR ranges that may be reached although they are not public. */
  readonly allow: readonly string[];
  /** Instead of the system's name look-up. */
  readonly lookUp?: LookUp;
  /** Certificates to trust instead of the well-known ones, PEM. */
  readonly ca?: string;
  /** Most idle connections kept, over all nodes. */
  readonly mostIdle?: number;
  /** `security.ishare`: who we are to nodes that want to be shown an iSHARE client assertion. */
  readonly ishare?: Config['security']['ishare'];
  /** Stamps signatures and assertions, and measures dates in Retry-After. */
  readonly now?: () => Date;
}

export interface AttemptOptions {
  /** Seconds for all of it: name look-up, connect, TLS, request, headers and body. */
  readonly timeout: number;
  /** Gives the attempt up: it rejects with the signal's reason, and whether the node has got the request is unknown. */
  readonly signal?: AbortSignal | undefined;
}

/** Makes attempts: one HTTP exchange each, with no redirect followed and nothing ever sent a second time. */
export interface NodeClient {
  /** Never rejects for what the network or the node does: that is the result. */
  attempt(node: DeliverableNode, message: OutboundMessage, options: AttemptOptions): Promise<AttemptResult>;
  /** Takes no more attempts, ends the connections, and resolves when what is under way has ended. Twice is safe. */
  close(): Promise<void>;
}

const MOST_IDLE = 1_024;
const NO_ISHARE: Config['security']['ishare'] = { register: {} };

/** One exchange of an attempt. */
interface Sending {
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** Where the node wants one. */
  readonly token: string | null;
  /** Seconds of the budget that were used before. */
  readonly spent: number;
}

/** @throws {Error} when an entry of `allow`, or the iSHARE identity, can't be read. */
export function createNodeClient(options: NodeClientOptions): NodeClient {
  const { now = () => new Date(), lookUp = cacheLookUps(createSystemLookUp()), ca } = options;
  const guard = createEgressGuard(options.allow);
  const pool = new ConnectionPool({ guard, lookUp, ca, mostIdle: options.mostIdle ?? MOST_IDLE });
  const tokens = createTokens({ guard, lookUp, ca, ishare: options.ishare ?? NO_ISHARE, now });
  const planOf = rememberPlans();
  const underWay = createUnderWay();
  let isClosed = false;

  function exchange(
    node: DeliverableNode,
    plan: NodePlan,
    message: OutboundMessage,
    { timeout, signal, token, spent }: Sending,
  ): Promise<AttemptResult> {
    const { path, peer } = plan;
    const { headers, body } = requestFor(node, plan, message, now().getTime(), token);
    return new Promise((resolve, reject) => {
      function leave(connection: Connection | null, isReusable: boolean): void {
        signal?.removeEventListener('abort', giveUp);
        if (connection !== null && isReusable) pool.giveBack(connection);
        else if (connection !== null) pool.discard(connection);
        underWay.end();
      }
      function onEnd(result: AttemptResult, connection: Connection | null, isReusable: boolean): void {
        leave(connection, isReusable);
        resolve(result);
      }
      function giveUp(): void {
        leave(current.abandon(), false);
        reject(signal?.reason as Error);
      }

      underWay.begin();
      // Field by field: spreading objects here cost 9 µs of 32 an attempt.
      const current = new Exchange({ peer, path, headers, body, timeout, spent, now, onEnd });
      signal?.addEventListener('abort', giveUp);
      pool.apply(plan.endpoint, current);
    });
  }

  /** It is under way from the fetching of its token on. */
  async function exchangeWithToken(
    node: DeliverableNode,
    plan: NodePlan,
    message: OutboundMessage,
    { timeout, signal }: AttemptOptions,
  ): Promise<AttemptResult> {
    if (!needsToken(node.auth)) throw new Error(`${node.id} wants no token`);
    underWay.begin();
    try {
      const send = (token: string, spent: number) => exchange(node, plan, message, { timeout, signal, token, spent });
      return await attemptWithToken({ tokens, auth: node.auth, timeout, signal, send });
    } finally {
      underWay.end();
    }
  }

  return {
    attempt(node, message, attemptOptions) {
      if (isClosed) return Promise.reject(new Error('attempt after close'));
      const { timeout, signal } = attemptOptions;
      if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
      const plan = planOf(node);
      if ('problem' in plan) return Promise.resolve(unusable(plan.problem));
      return needsToken(node.auth)
        ? exchangeWithToken(node, plan, message, attemptOptions)
        : exchange(node, plan, message, { timeout, signal, token: null, spent: 0 });
    },
    async close() {
      isClosed = true;
      pool.close();
      await underWay.quiet();
    },
  };
}

/** By identity: a node that was changed is read again, and so is another object with another plan. */
function rememberPlans(): (node: DeliverableNode) => NodePlan | { readonly problem: string } {
  const plans = new WeakMap<DeliverableNode, NodePlan | { readonly problem: string }>();
  return (node) => {
    let plan = plans.get(node);
    if (plan === undefined) {
      plan = planFor(node);
      plans.set(node, plan);
    }
    return plan;
  };
}

function unusable(error: string): AttemptResult {
  return failedResult({ outcome: 'connection-error', error }, { duration: 0, endedAt: performance.now() });
}
