import { z } from 'zod';

// What the system answers, as the contract writes it (sections 2 and 4): written from the contract, not from the code that answers.

const state = z.enum(['pending', 'delivered', 'frozen', 'cancelled']);
const uuidV7 = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
const moment = z.iso.datetime();

/** The answer to a message that was accepted: exactly this. */
export const acceptedSchema = z.strictObject({
  id: uuidV7,
  deliveries: z.array(z.strictObject({ node: z.string(), state })),
  unrouted: z.literal(true).optional(),
});

export const acceptedBatchSchema = z.strictObject({ messages: z.array(acceptedSchema) });

const deliverySchema = z.object({
  id: z.string(),
  node: z.string(),
  state,
  attempts: z.int(),
  dueAt: moment.nullable(),
  lastStatus: z.int().nullable(),
  lastError: z.string().nullable(),
  deliveredAt: moment.nullable(),
  frozenAt: moment.nullable(),
});

export const messageSchema = z.object({
  id: uuidV7,
  senderId: z.string().nullable(),
  type: z.string(),
  origin: z.string(),
  contentType: z.string(),
  size: z.int(),
  digest: z.string(),
  createdAt: moment,
  unrouted: z.boolean(),
  deliveries: z.array(deliverySchema),
});

export const attemptSchema = z.object({
  node: z.string(),
  number: z.int(),
  startedAt: moment,
  duration: z.number(),
  status: z.int().nullable(),
  outcome: z.string(),
  error: z.string().nullable(),
  body: z.string().nullable(),
});

/** A problem document (RFC 9457). */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).default([]),
});

export type Accepted = z.infer<typeof acceptedSchema>;
export type Delivery = z.infer<typeof deliverySchema>;
export type Message = z.infer<typeof messageSchema>;
export type Attempt = z.infer<typeof attemptSchema>;
export type Problem = z.infer<typeof problemSchema>;

/** A page of a list. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}
