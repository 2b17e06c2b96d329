import type { Api, CallOptions } from '../http/api.ts';
import { createList, segment, type List } from './paging.ts';

/** Who did what to what, chained to the record before it. */
export interface AuditRecord {
  readonly id: string;
  /** JSON. */
  readonly entry: string;
  /** Hexadecimal. */
  readonly hash: string;
}

export interface AuditVerdict {
  readonly records: number;
  readonly head: string | null;
  /** Null when all is well. */
  readonly brokenAt: string | null;
  /** Null when no head was asked for. */
  readonly knows: boolean | null;
}

export interface Audit extends List<AuditRecord, object> {
  /** Goes through the whole chain. @param head A head that was told earlier and kept elsewhere. */
  verify(head?: string, options?: CallOptions): Promise<AuditVerdict>;
  /** A signed record of a delivery: a JWS in compact form. */
  evidence(delivery: string, options?: CallOptions): Promise<{ readonly evidence: string }>;
  /** The public keys that evidence is verified by: a JSON Web Key Set (RFC 7517). */
  evidenceKeys(options?: CallOptions): Promise<{ readonly keys: readonly Readonly<Record<string, unknown>>[] }>;
  /** Encrypts the secrets of all nodes under the current `security.secret`. */
  reseal(options?: CallOptions): Promise<{ readonly nodes: number }>;
}

const PATH = '/api/v1/audit';

export function createAudit(api: Api): Audit {
  return {
    ...createList<AuditRecord, object>(api, PATH),
    verify: (head, options) =>
      api.call({
        method: 'GET',
        path: `${PATH}/verify${head === undefined ? '' : `?head=${segment(head)}`}`,
        ...options,
      }),
    evidence: (delivery, options) =>
      api.call({ method: 'GET', path: `/api/v1/deliveries/${segment(delivery)}/evidence`, ...options }),
    evidenceKeys: (options) => api.call({ method: 'GET', path: '/api/v1/evidence/keys', ...options }),
    reseal: (options) => api.call({ method: 'POST', path: '/api/v1/secrets/reseal', ...options }),
  };
}
