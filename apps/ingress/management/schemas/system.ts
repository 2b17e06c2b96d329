import { z } from 'zod';
import { count, listOf, moment, nodeId, page, shortText, since, until, uuid } from './fields.ts';

const perSecond = z
  .number()
  .min(0)
  .describe('Per second, over the last five minutes, or over the last 10,000 where these took less.');

export const stats = z.strictObject({
  deliveries: z
    .strictObject({ pending: count, delivered: count, frozen: count, cancelled: count })
    .describe('Deliveries by state. Delivered ones are counted up to 100,000 and estimated above.'),
  nodes: z
    .array(
      z.strictObject({
        node: z.string(),
        backlog: count.describe('Deliveries pending.'),
        oldestDueAge: z.number().min(0).describe('Seconds since the first of them fell due; 0 when none is due.'),
      }),
    )
    .describe('Nodes with something pending, largest backlog first.'),
  rates: z.strictObject({ accepted: perSecond, delivered: perSecond, frozen: perSecond }),
  workers: z
    .array(z.strictObject({ id: z.string(), address: z.string().nullable(), since: moment.nullable() }))
    .describe("The fleet's workers."),
});

export const purge = z.strictObject({ dryRun: z.boolean().default(false).describe('Only counts what would go.') });

export const purged = z.strictObject({
  delivered: count.describe('Messages whose deliveries were delivered or cancelled, or that had none.'),
  frozen: count.describe('Messages of which a delivery was frozen.'),
  log: count.describe('Log records.'),
});

export const logQuery = z.strictObject({
  node: nodeId.optional(),
  message: uuid.optional().describe('A message: its id.'),
  action: shortText.optional().describe('What happened, such as `purge.finished`.'),
  since: since.describe('At or after this moment.'),
  until: until.describe('Before this moment.'),
  ...page,
});

const logRecord = z.strictObject({
  id: z.string(),
  at: moment,
  actor: z.string().describe('`user:NAME`, `node:ID`, or the part of the system that acted.'),
  action: z.string(),
  node: z.string().nullable(),
  message: z.string().nullable(),
  detail: z.unknown(),
});

export const logList = listOf(logRecord);
