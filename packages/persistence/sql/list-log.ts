import { where } from './matching-deliveries.ts';
import { createParameters } from './parameters.ts';

export interface LogFilter {
  /** A node's id. */
  readonly node?: string | undefined;
  /** A message's id. */
  readonly message?: string | undefined;
  /** What happened: `purge.finished`. */
  readonly action?: string | undefined;
  /** At or after this moment. */
  readonly since?: Date | undefined;
  /** Before this moment. */
  readonly until?: Date | undefined;
}

/** Log records, newest first; `after` is the moment and the id of the one to go on behind. */
export function listLog(filter: LogFilter, { limit, after }: { limit: number; after: readonly string[] | null }) {
  const p = createParameters();
  const conditions: string[] = [];
  if (after !== null) conditions.push(`(at, id) < (${p.add(after[0])}::timestamptz, ${p.add(after[1])}::bigint)`);
  if (filter.node !== undefined) conditions.push(`node_id = ${p.add(filter.node)}`);
  if (filter.message !== undefined) conditions.push(`message_id = ${p.add(filter.message)}::uuid`);
  if (filter.action !== undefined) conditions.push(`action = ${p.add(filter.action)}`);
  if (filter.since !== undefined) conditions.push(`at >= ${p.add(filter.since)}::timestamptz`);
  if (filter.until !== undefined) conditions.push(`at < ${p.add(filter.until)}::timestamptz`);
  const text = `
SELECT id, at, actor, action, node_id AS node, message_id AS message, detail
FROM log_record ${where(conditions)}
ORDER BY at DESC, id DESC LIMIT ${p.add(limit)}`;
  return { text, values: p.values };
}
