import { createHash } from 'node:crypto';
import type { Database } from '../database.ts';
import type { Page, PageRequest } from './page.ts';
import { pageOf } from './page.ts';

/** Who or what did what to what, as it was chained. */
export interface AuditRecord {
  readonly id: string;
  /** JSON: the very text that was hashed. */
  readonly entry: string;
  /** SHA-256 over the hash of the record before and `entry`, hexadecimal. */
  readonly hash: string;
}

export interface AuditVerdict {
  /** Records that are in order, from the first on. */
  readonly records: number;
  /** The hash of the last one of them; null when there is none. Kept elsewhere, it shows whether the end was cut off. */
  readonly head: string | null;
  /** The first record that is not what was written, or whose predecessor is missing; null when all is well. */
  readonly brokenAt: string | null;
  /** Whether the hash that was asked for is one of the chain; null when none was. */
  readonly knows: boolean | null;
}

export interface AuditStore {
  /** Newest first. */
  list(page: PageRequest): Promise<Page<AuditRecord>>;
  /** Goes through the whole chain. `head` is a hash that was told earlier, hexadecimal. */
  verify(head: string | null): Promise<AuditVerdict>;
}

/** Records that are read at a time. */
const BATCH = 5_000;

interface Row {
  readonly id: string;
  readonly entry: string;
  readonly previous: Buffer;
  readonly hash: Buffer;
}

export function createAuditStore({ pool }: Pick<Database, 'pool'>): AuditStore {
  async function readAfter(id: string): Promise<Row[]> {
    const sql = 'SELECT id, entry, previous, hash FROM audit_record WHERE id > $1 ORDER BY id LIMIT $2';
    return (await pool.query<Row>(sql, [id, BATCH])).rows;
  }

  return {
    async list({ limit, after }) {
      const [before = null] = after ?? [];
      // By the table's id: the id that is shown is a text, and no index has those in order.
      const sql = `SELECT id::text, entry, encode(hash, 'hex') AS hash FROM audit_record
        WHERE id < COALESCE($1::bigint, 9223372036854775807) ORDER BY audit_record.id DESC LIMIT $2`;
      const { rows } = await pool.query<AuditRecord>(sql, [before, limit + 1]);
      return pageOf(rows, limit, ({ id }) => [id]);
    },
    async verify(head) {
      let previous: Buffer = Buffer.alloc(0);
      let records = 0;
      let isKnown = false;
      for (let rows = await readAfter('0'); rows.length > 0; rows = await readAfter(String(records))) {
        for (const row of rows) {
          if (!follows(row, records, previous)) return verdict(records, previous, row.id, head, isKnown);
          previous = row.hash;
          records += 1;
          isKnown ||= head === row.hash.toString('hex');
        }
      }
      return verdict(records, previous, null, head, isKnown);
    },
  };
}

/** Whether a record is the next one, and unchanged. */
function follows({ id, entry, previous, hash }: Row, before: number, expected: Buffer): boolean {
  if (id !== String(before + 1) || !previous.equals(expected)) return false;
  return createHash('sha256').update(previous).update(entry).digest().equals(hash);
}

function verdict(
  records: number,
  last: Buffer,
  brokenAt: string | null,
  head: string | null,
  isKnown: boolean,
): AuditVerdict {
  return {
    records,
    head: records === 0 ? null : last.toString('hex'),
    brokenAt,
    knows: head === null ? null : isKnown,
  };
}
