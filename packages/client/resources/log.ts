import type { Api } from '../http/api.ts';
import { createList, type List } from './paging.ts';

/** Who or what did what to which message or node. */
export interface LogRecord {
  readonly id: string;
  readonly at: string;
  /** `user:NAME`, `node:ID`, or the part of the system that acted. */
  readonly actor: string;
  readonly action: string;
  /** A node's id. */
  readonly node: string | null;
  /** A message's id. */
  readonly message: string | null;
  readonly detail: unknown;
}

export interface LogFilter {
  readonly node?: string;
  readonly message?: string;
  /** What happened: `purge.finished`. */
  readonly action?: string;
  /** At or after this moment. */
  readonly since?: Date;
  /** Before this moment. */
  readonly until?: Date;
}

export type Log = List<LogRecord, LogFilter>;

export function createLog(api: Api): Log {
  return createList(api, '/api/v1/log');
}
