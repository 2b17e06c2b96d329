import { createBatcher, type Batcher, type DueDelivery, type Ordering } from '#core';
import type { Pool } from 'pg';
import { readDue, readInTurn } from '../sql/read-due.ts';
import { MOST_LANES } from './lease.ts';

/** Payload bytes that one lane reads at once. */
const MOST_BYTES = 2 * 1024 * 1024;

interface DueRow {
  node_id: string;
  id: string;
  attempts: number;
  failures: number;
  crashes: number;
  message_id: string;
  source: string;
  sender_id: string | null;
  type: string;
  content_type: string;
  payload: Buffer;
  recorded_time: string | null;
  event_type: string | null;
  attributes: Record<string, string> | null;
  created_at: Date;
}

interface Wanted {
  readonly nodeId: string;
  readonly most: number;
}

/** A reader for each ordering of a node. */
export function createReading(pool: Pool): Record<Ordering, Batcher<Wanted, readonly DueDelivery[]>> {
  return { none: createReader(pool, 'read-due', readDue), fifo: createReader(pool, 'read-in-turn', readInTurn) };
}

function createReader(pool: Pool, name: string, text: string): Batcher<Wanted, readonly DueDelivery[]> {
  return createBatcher({
    maxItems: MOST_LANES,
    concurrency: 2,
    async run(lanes) {
      const { rows } = await pool.query<DueRow>({
        name,
        text,
        values: [lanes.map((lane) => lane.nodeId), lanes.map((lane) => lane.most), MOST_BYTES],
      });
      const byNode = new Map<string, DueDelivery[]>(lanes.map((lane) => [lane.nodeId, []]));
      for (const row of rows) byNode.get(row.node_id)?.push(dueDelivery(row));
      return lanes.map((lane) => byNode.get(lane.nodeId) ?? []);
    },
  });
}

function dueDelivery(row: DueRow): DueDelivery {
  return {
    id: row.id,
    attempts: row.attempts,
    failures: row.failures,
    crashes: row.crashes,
    message: {
      id: row.message_id,
      source: row.source,
      senderId: row.sender_id,
      type: row.type,
      contentType: row.content_type,
      payload: row.payload,
      recordedTime: row.recorded_time,
      eventType: row.event_type,
      attributes: row.attributes,
      createdAt: row.created_at,
    },
  };
}
