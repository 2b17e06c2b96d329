import { LONGEST_ID, text } from '#core';
import { z } from 'zod';
import { delivery } from './delivery.ts';
import { count, listOf, moment, nodeId, page, since, state, until, uuid } from './fields.ts';

export const messagePath = z.strictObject({ id: uuid });

export const messageQuery = z.strictObject({
  type: text(LONGEST_ID).optional(),
  origin: nodeId.optional().describe('The node it was sent by or for: its id.'),
  node: nodeId.optional().describe('A node that gets it: its id.'),
  state: state.optional().describe('Of one of its deliveries; of the one to `node`, if that is given.'),
  since,
  until,
  ...page,
});

export const message = z.strictObject({
  id: z.string(),
  senderId: z.string().nullable(),
  type: z.string(),
  origin: z.string().describe('The node it was sent by or for: its id.'),
  contentType: z.string(),
  size: count.describe('Bytes of payload.'),
  digest: z.string().describe('SHA-256 of the payload, in hexadecimal.'),
  unrouted: z.boolean().describe('No node was subscribed to its type.'),
  createdAt: moment,
  deliveries: z.array(delivery),
});

export const messageList = listOf(message);

export const attemptQuery = z.strictObject(page);

const attempt = z.strictObject({
  node: z.string().describe('The node that was called: its id.'),
  number: z.int().min(1).describe('Of this delivery, over all budgets.'),
  startedAt: moment,
  duration: z.number().describe('Milliseconds.'),
  status: z.int().nullable().describe('Null without an answer.'),
  outcome: z.string(),
  error: z.string().nullable(),
  body: z.string().nullable().describe('The first 4 KiB of the answer.'),
});

export const attemptList = listOf(attempt);
