import { cloudEventSchema, DELIVERY_STATES, federatedCallSchema, nativeCallSchema } from '#core';
import { z } from 'zod';
import type { RouteDescription } from '../management/route.ts';

const accepted = z.strictObject({
  id: z.string().describe('Ours: a UUID, version 7.'),
  deliveries: z.array(z.strictObject({ node: z.string(), state: z.enum(DELIVERY_STATES) })),
  unrouted: z
    .literal(true)
    .optional()
    .describe('No node is subscribed to its type: it is kept, and shown as unrouted.'),
});

const allAccepted = z.strictObject({ messages: z.array(accepted).describe('In order.') });

const COMMITTED = 'Committed, with all its deliveries. The same id and content again get the same answer.';
const SENDERS = ['admin', 'operator', 'node'] as const;
const shared = { method: 'post', tag: 'intake' } as const;

/** The calls that take messages, for the API's description: they are parsed by code of their own, which keeps every byte. */
export const intakeDescriptions: readonly RouteDescription[] = [
  {
    ...shared,
    base: '',
    path: '/api/message',
    summary: 'Takes a message as a FEDeRATED node posts it.',
    access: ['node'],
    body: federatedCallSchema,
    answers: { 202: { description: COMMITTED, schema: accepted } },
  },
  {
    ...shared,
    path: '/messages',
    summary: 'Takes a message.',
    description:
      '`payload` is sent on as its own text, without the spaces between tokens; `payloadBase64` as its bytes.',
    access: SENDERS,
    body: nativeCallSchema,
    answers: { 202: { description: COMMITTED, schema: accepted } },
  },
  {
    ...shared,
    path: '/messages/batch',
    summary: 'Takes up to 1,000 messages, all or none.',
    access: SENDERS,
    body: z.strictObject({ messages: z.array(nativeCallSchema).min(1).max(1_000) }),
    answers: { 202: { description: COMMITTED, schema: allAccepted } },
  },
  {
    ...shared,
    path: '/events',
    summary: 'Takes CloudEvents 1.0: binary, structured, or in batches.',
    description: 'The extension attribute `destinations` is a comma-separated list; `ce-id` makes the call idempotent.',
    access: SENDERS,
    body: cloudEventSchema,
    bodyMay: ['cloud-events'],
    answers: { 202: { description: `${COMMITTED} A batch gets a list.`, schema: z.union([accepted, allAccepted]) } },
  },
];
