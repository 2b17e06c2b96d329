import type { DeliveryState } from '#core';
import { matchingDeliveries, where } from './matching-deliveries.ts';
import { lowestIdAfter, lowestIdSince } from './message-id-bounds.ts';
import { createParameters, type Parameters } from './parameters.ts';

export interface MessageFilter {
  readonly type?: string | undefined;
  /** The id of the node it was sent by or for. */
  readonly origin?: string | undefined;
  /** The id of a node that gets it. */
  readonly node?: string | undefined;
  /** A state that one of its deliveries, the one to `node` if that is given, is in. */
  readonly state?: DeliveryState | undefined;
  /** Accepted at or after this moment. */
  readonly since?: Date | undefined;
  /** Accepted before this moment. */
  readonly until?: Date | undefined;
}

/** What messages are shown with, of `m`. */
export const messageColumns = `m.id, m.sender_id AS "senderId", m.type, m.origin, m.content_type AS "contentType", m.size,
  encode(m.digest, 'hex') AS digest, m.unrouted, m.created_at AS "createdAt"`;

interface Part {
  /** The position behind which to go on. */
  readonly after: string | null;
  readonly limit: number;
}

/** Messages by what they are themselves, newest first; their ids ascend with acceptance. The position is the id. */
export function listMessages(filter: MessageFilter, { after, limit }: Part) {
  const p = createParameters();
  const conditions = messageConditions(p, filter);
  if (after !== null) conditions.push(`m.id < ${p.add(after)}::uuid`);
  if (filter.since !== undefined) {
    conditions.push(
      `m.id >= ${p.add(lowestIdSince(filter.since))}::uuid`,
      `m.created_at >= ${p.add(filter.since)}::timestamptz`,
    );
  }
  if (filter.until !== undefined) {
    conditions.push(
      `m.id < ${p.add(lowestIdAfter(filter.until))}::uuid`,
      `m.created_at < ${p.add(filter.until)}::timestamptz`,
    );
  }
  const text = `
SELECT ${messageColumns}, m.id AS position
FROM message m ${where(conditions)}
ORDER BY m.id DESC LIMIT ${p.add(limit)}`;
  return { text, values: p.values };
}

/**
 * Messages by their deliveries, newest first: found through the deliveries, since few of the messages may have one that matches. The
 * position is the delivery's id.
 */
export function listMessagesByDelivery(filter: MessageFilter, { after, limit }: Part) {
  const p = createParameters();
  const { node, state, since, until } = filter;
  const ofMessage = messageConditions(p, filter);
  const conditions =
    ofMessage.length === 0
      ? []
      : [`EXISTS (SELECT 1 FROM message m WHERE ${['m.id = d.message_id', ...ofMessage].join(' AND ')})`];
  // A message shows up once, at the last of its deliveries that match. To one node it has one.
  if (node === undefined) {
    const later = 'l.message_id = d.message_id AND l.state = d.state AND l.id > d.id';
    conditions.push(`NOT EXISTS (SELECT 1 FROM delivery l WHERE ${later})`);
  }
  const options = { columns: 'd.id, d.message_id', order: 'DESC', after, limit, conditions } as const;
  const text = `
SELECT ${messageColumns}, c.id AS position
FROM (${matchingDeliveries(p, { node, state, since, until }, options)}) AS c
JOIN message m ON m.id = c.message_id
ORDER BY c.id DESC`;
  return { text, values: p.values };
}

function messageConditions(p: Parameters, { type, origin }: MessageFilter): string[] {
  return [
    ...(type === undefined ? [] : [`m.type = ${p.add(type)}`]),
    ...(origin === undefined ? [] : [`m.origin = ${p.add(origin)}`]),
  ];
}
