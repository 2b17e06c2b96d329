import type { DeliveryState } from '#core';
import { DELIVERY_STATES } from '#core';
import { lowestIdAfter, lowestIdSince } from './message-id-bounds.ts';
import type { Parameters } from './parameters.ts';

/** Which deliveries: all that agree with every member given. */
export interface DeliveryFilter {
  readonly state?: DeliveryState | undefined;
  /** A node's id. */
  readonly node?: string | undefined;
  /** A message's id. */
  readonly message?: string | undefined;
  /** What the last attempt ended with, exactly. Read past what is frozen otherwise: only for that state. */
  readonly error?: string | undefined;
  /** Accepted at or after this moment. */
  readonly since?: Date | undefined;
  /** Accepted before this moment. */
  readonly until?: Date | undefined;
}

export interface MatchOptions {
  /** Of `d`, a delivery. */
  readonly columns: string;
  readonly states?: readonly DeliveryState[];
  readonly order: 'ASC' | 'DESC';
  /** The id behind which to go on. */
  readonly after: string | null;
  /** Null: all of them. */
  readonly limit: number | null;
  /** Further conditions on `d`. */
  readonly conditions?: readonly string[];
}

/**
 * The deliveries that a filter matches, in the order of their ids, never by reading past those it does not match: each state through an
 * index that begins with what is asked for, a time through the ids of the messages accepted around it.
 */
export function matchingDeliveries(p: Parameters, filter: DeliveryFilter, options: MatchOptions): string {
  const { columns, order, after, limit } = options;
  const states = options.states ?? (filter.state === undefined ? DELIVERY_STATES : [filter.state]);
  if (states.length === 0) return `SELECT ${columns} FROM delivery d WHERE false`;
  const end = limit === null ? '' : `ORDER BY d.id ${order} LIMIT ${p.add(limit)}`;
  const conditions = [
    ...(after === null ? [] : [`d.id ${order === 'ASC' ? '>' : '<'} ${p.add(after)}::bigint`]),
    ...timeConditions(p, filter),
    ...(options.conditions ?? []),
  ];
  if (filter.error !== undefined) conditions.push(`d.last_error = ${p.add(filter.error)}`);
  if (filter.node !== undefined) conditions.push(`d.node_id = ${p.add(filter.node)}`);
  if (filter.message !== undefined) {
    // OFFSET 0 keeps the planner from walking all ids in order instead: a message has as many deliveries as it has nodes.
    const ofMessage = `SELECT * FROM delivery WHERE message_id = ${p.add(filter.message)}::uuid OFFSET 0`;
    const inStates = `d.state = ANY(${p.add(states)}::delivery_state[])`;
    return `SELECT ${columns} FROM (${ofMessage}) AS d WHERE ${[...conditions, inStates].join(' AND ')} ${end}`;
  }
  if (states.length === DELIVERY_STATES.length && filter.node === undefined) {
    return `SELECT ${columns} FROM delivery d ${where(conditions)} ${end}`;
  }
  // Written out rather than a parameter: only so do partial indexes apply.
  const branches = states.map(
    (state) => `(SELECT d.* FROM delivery d ${where([...conditions, `d.state = '${state}'`])} ${end})`,
  );
  return `SELECT ${columns} FROM (${branches.join(' UNION ALL ')}) AS d ${end}`;
}

/** Ids ascend with acceptance: the delivery of a message from before `since` bounds those to look at, and likewise for `until`. */
function timeConditions(p: Parameters, { since, until }: DeliveryFilter): string[] {
  const conditions: string[] = [];
  if (since !== undefined) {
    const bound = p.add(lowestIdSince(since));
    const floor = `SELECT id FROM delivery WHERE message_id < ${bound}::uuid ORDER BY message_id DESC LIMIT 1`;
    conditions.push(`d.id > COALESCE((${floor}), 0)`, `d.created_at >= ${p.add(since)}::timestamptz`);
  }
  if (until !== undefined) {
    const bound = p.add(lowestIdAfter(until));
    const ceiling = `SELECT id FROM delivery WHERE message_id >= ${bound}::uuid ORDER BY message_id LIMIT 1`;
    conditions.push(
      `d.id < COALESCE((${ceiling}), 9223372036854775807)`,
      `d.created_at < ${p.add(until)}::timestamptz`,
    );
  }
  return conditions;
}

export function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}
