import { DELIVERY_STATES, text } from '#core';
import { z } from 'zod';

// What many resources share. Schemas of answers describe what is sent, where a moment is a text.

export const nodeId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:%@~+-]{0,254}$/, 'expected up to 255 letters, digits and . _ : % @ ~ + -')
  .describe('A node: its id.');

export const uuid = z.guid('expected a UUID').toLowerCase();
export const moment = z.iso.datetime({ offset: true, error: 'expected a moment such as 2026-03-02T12:00:00Z' });
export const momentOrNull = moment.nullable();
export const count = z.int().min(0);
export const state = z.enum(DELIVERY_STATES);
export const shortText = text(255);

export const since = moment.optional().describe('Accepted at or after this moment.');
export const until = moment.optional().describe('Accepted before this moment.');

/** The moments of a query, read. */
export function between(query: { readonly since?: string | undefined; readonly until?: string | undefined }) {
  return { since: dateOf(query.since), until: dateOf(query.until) };
}

function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}

const MOST = 500;
const USUAL = 50;

/** What every list takes. */
export const page = {
  limit: z
    .string()
    .regex(/^\d{1,4}$/, `expected a whole number from 1 to ${MOST}`)
    .transform(Number)
    .pipe(z.int().min(1, 'expected at least 1').max(MOST, `expected at most ${MOST}`))
    .default(USUAL)
    .describe('Most items in the answer.'),
  cursor: z.string().max(2_048).optional().describe('The `next` of the page before.'),
};

/** What every list answers. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    items: z.array(item).describe('Newest first.'),
    next: z.string().nullable().describe('The cursor of the next page; null on the last.'),
  });
}

export const problem = z.strictObject({
  type: z.string().describe('Stable, for programs.'),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z
    .array(z.strictObject({ path: z.string(), message: z.string() }))
    .optional()
    .describe('One entry for each thing that is wrong.'),
});
