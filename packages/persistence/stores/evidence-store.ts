import type { DeliveryState } from '#core';
import type { Database } from '../database.ts';

/** What is known of a delivery, for someone who was not there. */
export interface DeliveryFacts {
  readonly delivery: string;
  readonly message: string;
  readonly senderId: string | null;
  readonly origin: string;
  readonly type: string;
  readonly contentType: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the payload, hexadecimal. */
  readonly digest: string;
  readonly acceptedAt: Date;
  /** Id and DID of the node that it went to; no DID when the node has none, or is gone. */
  readonly node: string;
  readonly nodeDid: string | null;
  readonly state: DeliveryState;
  readonly deliveredAt: Date | null;
  /** The last attempt. */
  readonly attempt: number | null;
  readonly attemptedAt: Date | null;
  readonly status: number | null;
}

export interface EvidenceStore {
  /** Null when there is no such delivery, or not any more. */
  factsOf(deliveryId: string): Promise<DeliveryFacts | null>;
}

const facts = `
SELECT d.id::text AS delivery, d.message_id AS message, m.sender_id AS "senderId", m.origin, m.type, m.content_type AS "contentType",
       m.size, encode(m.digest, 'hex') AS digest, m.created_at AS "acceptedAt", d.node_id AS node, n.did AS "nodeDid", d.state,
       d.delivered_at AS "deliveredAt", a.number AS attempt, a.started_at AS "attemptedAt", a.status
FROM delivery d
JOIN message m ON m.id = d.message_id
LEFT JOIN node n ON n.id = d.node_id
LEFT JOIN LATERAL (SELECT * FROM attempt WHERE delivery_id = d.id ORDER BY number DESC LIMIT 1) a ON true
WHERE d.id = $1`;

export function createEvidenceStore({ pool }: Pick<Database, 'pool'>): EvidenceStore {
  return {
    async factsOf(deliveryId) {
      const { rows } = await pool.query<DeliveryFacts>(facts, [deliveryId]);
      return rows[0] ?? null;
    },
  };
}
