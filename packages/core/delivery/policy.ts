/** When a failed delivery is tried again, and when it is given up. Seconds. */
export interface RetryPolicy {
  readonly delay: { readonly fixed: number; readonly progressive: number };
  /** Failed attempts after which a delivery is frozen; 0: never. */
  readonly max: number;
}

/** How one node is delivered to: the configuration, with the node's own overrides applied. */
export interface DeliveryPolicy {
  /** Most deliveries a lane reads at once. */
  readonly batch: number;
  /** Seconds for a whole attempt. */
  readonly timeout: number;
  /** Most requests in flight to the node. */
  readonly concurrency: number;
  readonly retry: RetryPolicy;
}

/** A node's overrides, as sparse as its owner wrote them. */
export interface PolicyOverrides {
  readonly batch?: number | undefined;
  readonly timeout?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly retry?:
    | {
        readonly delay?: { readonly fixed?: number | undefined; readonly progressive?: number | undefined } | undefined;
        readonly max?: number | undefined;
      }
    | undefined;
}

/** The policy that a node is delivered by. A fifo node gets one request at a time, whatever is configured. */
export function policyFor(
  defaults: DeliveryPolicy,
  node: { readonly policy: PolicyOverrides; readonly ordering: 'none' | 'fifo' },
): DeliveryPolicy {
  const { batch, timeout, concurrency, retry } = node.policy;
  return {
    batch: batch ?? defaults.batch,
    timeout: timeout ?? defaults.timeout,
    concurrency: node.ordering === 'fifo' ? 1 : (concurrency ?? defaults.concurrency),
    retry: {
      delay: {
        fixed: retry?.delay?.fixed ?? defaults.retry.delay.fixed,
        progressive: retry?.delay?.progressive ?? defaults.retry.delay.progressive,
      },
      max: retry?.max ?? defaults.retry.max,
    },
  };
}
