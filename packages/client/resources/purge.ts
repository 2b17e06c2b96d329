import type { Api, CallOptions } from '../http/api.ts';

/** What a purge removed, or would remove. */
export interface Purged {
  /** Messages whose deliveries were delivered or cancelled, or that had none. */
  readonly delivered: number;
  /** Messages of which a delivery was frozen. */
  readonly frozen: number;
  /** Log records. */
  readonly log: number;
}

export interface Purge {
  /** Runs the purge now. With `dryRun` it only counts. */
  run(purge?: { readonly dryRun?: boolean }, options?: CallOptions): Promise<Purged>;
}

export function createPurge(api: Api): Purge {
  return {
    run: (body = {}, options) => api.call({ method: 'POST', path: '/api/v1/purge', body, ...options }),
  };
}
