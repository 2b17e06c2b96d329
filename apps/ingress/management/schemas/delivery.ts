import { z } from 'zod';
import { count, listOf, momentOrNull, nodeId, page, since, state, until, uuid } from './fields.ts';

const LARGEST = 9_223_372_036_854_775_807n;
const MOST_IDS = 10_000;

const deliveryId = z
  .string()
  .regex(/^[1-9]\d{0,18}$/, { error: 'expected the id of a delivery: a whole number, as a text', abort: true })
  .refine((id) => BigInt(id) <= LARGEST, 'expected the id of a delivery');

const filterMembers = {
  state: state.optional(),
  node: nodeId.optional(),
  message: uuid.optional().describe('A message: its id.'),
  error: z
    .string()
    .max(2_000)
    .optional()
    .describe('What the last attempt ended with: its `lastError`, exactly. Takes `state` to be `frozen`.'),
  since,
  until,
};

const NOT_FROZEN = { path: ['error'], error: 'expected with "state": "frozen" only' };

/** Frozen ones are few: only among them is a reason looked for by reading. */
function mayAskForError({ state, error }: { readonly state?: unknown; readonly error?: unknown }): boolean {
  return error === undefined || state === 'frozen';
}

export const deliveryQuery = z.strictObject({ ...filterMembers, ...page }).refine(mayAskForError, NOT_FROZEN);

/** A delivery, as a message shows it. */
export const delivery = z.strictObject({
  id: z.string(),
  node: z.string().describe('A node: its id.'),
  state,
  attempts: count.describe('Attempts made, over all budgets.'),
  dueAt: momentOrNull.describe('When the next attempt falls due.'),
  lastStatus: z.int().nullable(),
  lastError: z.string().nullable(),
  deliveredAt: momentOrNull,
  frozenAt: momentOrNull,
});

const listedDelivery = delivery.extend({ message: z.string().describe('A message: its id.') });
export const deliveryList = listOf(listedDelivery);

const filter = z
  .strictObject(filterMembers)
  .refine(mayAskForError, NOT_FROZEN)
  .describe('All that agree with each member given.');
const ids = z.array(deliveryId).min(1, 'expected at least one id').max(MOST_IDS, `expected at most ${MOST_IDS} ids`);
const dryRun = z.boolean().default(false).describe('Only counts what would change.');
const NEITHER = 'expected either ids or a filter';

const selection = { ids: ids.optional().describe('Ids of deliveries.'), filter: filter.optional(), dryRun };

export const replay = z
  .strictObject({
    ...selection,
    includeDelivered: z.boolean().default(false).describe('Delivered ones are sent again, too.'),
  })
  .refine(hasOneSelection, NEITHER);

export const cancel = z.strictObject(selection).refine(hasOneSelection, NEITHER);

export const changed = z.strictObject({ count: count.describe('Deliveries changed, or that would be.') });

function hasOneSelection({ ids, filter }: { readonly ids?: unknown; readonly filter?: unknown }): boolean {
  return (ids === undefined) !== (filter === undefined);
}
