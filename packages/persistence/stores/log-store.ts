import type { Database } from '../database.ts';
import type { Prisma } from '../generated/client.ts';
import { listLog, type LogFilter } from '../sql/list-log.ts';
import { pageOf, type Page, type PageRequest } from './page.ts';

export type { LogFilter };

/** Who or what did what to which message or node. */
export interface LogEntry {
  /** `user:NAME`, `node:ID`, or the part of the system that acted. */
  readonly actor: string;
  /** What happened, to what: `node.created`, `deliveries.replayed`. */
  readonly action: string;
  readonly nodeId?: string | null;
  readonly messageId?: string | null;
  /** What else there is to know; no secrets. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface LogRecord {
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  /** A node's id. */
  readonly node: string | null;
  /** A message's id. */
  readonly message: string | null;
  readonly detail: unknown;
}

export interface LogStore {
  append(entry: LogEntry): Promise<void>;
  list(filter: LogFilter, page: PageRequest): Promise<Page<LogRecord>>;
}

export function createLogStore({ prisma, pool }: Pick<Database, 'prisma' | 'pool'>): LogStore {
  return {
    append: (entry) => appendLog(prisma, entry),
    async list(filter, { limit, after }) {
      const { text, values } = listLog(filter, { limit: limit + 1, after });
      const { rows } = await pool.query<LogRecord>(text, [...values]);
      return pageOf(rows, limit, ({ at, id }) => [at.toISOString(), id]);
    },
  };
}

/** Writes a log record, through the transaction of what it tells about. */
export async function appendLog(db: Pick<Prisma.TransactionClient, 'logRecord'>, entry: LogEntry): Promise<void> {
  const { actor, action, nodeId = null, messageId = null, detail = {} } = entry;
  const json = detail as Prisma.InputJsonObject;
  await db.logRecord.create({ data: { actor, action, nodeId, messageId, detail: json }, select: { id: true } });
}
