import type { AttemptResult, DeliverableNode, OutboundMessage } from '#core';
import type { Connection } from './connection/connection.ts';
import { ConnectionPool } from './connection/connection-pool.ts';
import { createEgressGuard } from './egress/egress-guard.ts';
import { Exchange, failedResult } from './exchange.ts';
import { cacheLookUps } from './name-lookup/look-up-cache.ts';
import { createSystemLookUp, type LookUp } from './name-lookup/look-up.ts';
import { type NodePlan, planFor, requestFor } from './request/node-plan.ts';

export interface NodeClientOptions {
  /** `delivery.network.allow`: host names, addresses and CIDR ranges that may be reached although they are not public. */
  readonly allow: readonly string[];
  /** Instead of the system's name look-up. */
  readonly lookUp?: LookUp;
  /** Certificates to trust instead of the well-known ones, PEM. */
  readonly ca?: string;
  /** Most idle connections kept, over all nodes. */
  readonly mostIdle?: number;
  /** Stamps signatures, and measures dates in Retry-After. */
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

/** @throws {Error} when an entry of `allow` can't be read. */
export function createNodeClient(options: NodeClientOptions): NodeClient {
  const { now = () => new Date(), lookUp = cacheLookUps(createSystemLookUp()), ca } = options;
  const guard = createEgressGuard(options.allow);
  const pool = new ConnectionPool({ guard, lookUp, ca, mostIdle: options.mostIdle ?? MOST_IDLE });
  // By identity: a node that was changed is read again, and so is another object with another plan.
  const plans = new WeakMap<DeliverableNode, NodePlan | { readonly problem: string }>();
  let underWay = 0;
  let isClosed = false;
  let quietWaiters: (() => void)[] = [];

  function planOf(node: DeliverableNode): NodePlan | { readonly problem: string } {
    let plan = plans.get(node);
    if (plan === undefined) {
      plan = planFor(node);
      plans.set(node, plan);
    }
    return plan;
  }

  function exchange(
    node: DeliverableNode,
    plan: NodePlan,
    message: OutboundMessage,
    { timeout, signal }: AttemptOptions,
  ): Promise<AttemptResult> {
    const { path, peer } = plan;
    const { headers, body } = requestFor(node, plan, message, now().getTime());
    return new Promise((resolve, reject) => {
      function leave(connection: Connection | null, isReusable: boolean): void {
        signal?.removeEventListener('abort', giveUp);
        if (connection !== null && isReusable) pool.giveBack(connection);
        else if (connection !== null) pool.discard(connection);
        underWay -= 1;
        if (underWay > 0) return;
        for (const tell of quietWaiters) tell();
        quietWaiters = [];
      }
      function onEnd(result: AttemptResult, connection: Connection | null, isReusable: boolean): void {
        leave(connection, isReusable);
        resolve(result);
      }
      function giveUp(): void {
        leave(current.abandon(), false);
        reject(signal?.reason as Error);
      }

      underWay += 1;
      // Field by field: spreading objects here cost 9 µs of 32 an attempt.
      const current = new Exchange({ peer, path, headers, body, timeout, now, onEnd });
      signal?.addEventListener('abort', giveUp);
      pool.apply(plan.origin, current);
    });
  }

  return {
    attempt(node, message, attemptOptions) {
      if (isClosed) return Promise.reject(new Error('attempt after close'));
      const { signal } = attemptOptions;
      if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
      const plan = planOf(node);
      return 'problem' in plan
        ? Promise.resolve(unusable(plan.problem))
        : exchange(node, plan, message, attemptOptions);
    },
    async close() {
      isClosed = true;
      pool.close();
      if (underWay > 0) await new Promise<void>((resolve) => quietWaiters.push(resolve));
    },
  };
}

function unusable(problem: string): AttemptResult {
  const error = `the node's URL can't be used: ${problem}`;
  return failedResult({ outcome: 'connection-error', error }, { duration: 0, endedAt: performance.now() });
}
