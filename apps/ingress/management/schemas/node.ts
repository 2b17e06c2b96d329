import { parseWebhookSecret, patternProblem, POLICY_LIMITS, text } from '#core';
import { z } from 'zod';
import { listOf, moment, nodeId, page, shortText } from './fields.ts';

const LONGEST_CREDENTIAL = 8_192;
const MOST_SUBSCRIPTIONS = 1_000;
const DAY = 86_400;
const YEAR = 365 * DAY;

const did = text(2_048).regex(/^did:[a-z0-9]+:[A-Za-z0-9._:%-]+$/, 'expected a DID such as did:web:customs.example');
const credential = text(LONGEST_CREDENTIAL);

/** The kinds of authentication towards a node. */
const auth = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('none') }),
    z.strictObject({ type: z.literal('api-key'), header: shortText, value: credential }),
    z.strictObject({ type: z.literal('basic'), username: credential, password: credential }),
    z.strictObject({ type: z.literal('bearer'), token: credential }),
  ],
  'expected an object whose type is none, api-key, basic or bearer; oauth2 and ishare are not supported yet',
);

const secret = z
  .string()
  .refine((value) => parseWebhookSecret(value) !== null, 'expected whsec_ and the base64 of 24 to 64 bytes')
  .describe('A Standard Webhooks secret: `whsec_` and the base64 of 24 to 64 bytes. Signs deliveries; never returned.');

const pattern = shortText.refine((value) => patternProblem(value) === null, {
  error: ({ input }) => patternProblem(String(input)) ?? '',
});

const whole = ([from, to]: readonly [number, number]) => z.int().min(from).max(to);
const seconds = ([from, to]: readonly [number, number]) => z.number().min(from).max(to);

const limits = {
  batch: whole(POLICY_LIMITS.batch).describe('Most deliveries of one lane run.'),
  timeout: seconds(POLICY_LIMITS.timeout).describe('Seconds for a whole attempt.'),
  concurrency: whole(POLICY_LIMITS.concurrency).describe('Most requests in flight.'),
  fixed: seconds(POLICY_LIMITS.fixed).describe('Seconds.'),
  progressive: seconds(POLICY_LIMITS.progressive).describe('Seconds.'),
  max: whole(POLICY_LIMITS.max).describe('Failed attempts after which a delivery is frozen; 0: never.'),
};

const policy = z
  .strictObject({
    batch: limits.batch.optional(),
    timeout: limits.timeout.optional(),
    concurrency: limits.concurrency.optional(),
    retry: z
      .strictObject({
        delay: z
          .strictObject({ fixed: limits.fixed.optional(), progressive: limits.progressive.optional() })
          .optional(),
        max: limits.max.optional(),
      })
      .optional(),
  })
  .describe('Overrides of the delivery settings.');

const policyPatch = z
  .strictObject({
    batch: limits.batch.nullish(),
    timeout: limits.timeout.nullish(),
    concurrency: limits.concurrency.nullish(),
    retry: z
      .strictObject({
        delay: z.strictObject({ fixed: limits.fixed.nullish(), progressive: limits.progressive.nullish() }).nullish(),
        max: limits.max.nullish(),
      })
      .nullish(),
  })
  .describe('What is absent stays, null removes an override.');

const protocol = z.enum(['federated', 'webhook']);
const ordering = z.enum(['none', 'fifo']).describe('`fifo`: one by one, in the order of acceptance.');
const url = text(2_048).describe('Where deliveries go: http or https.');
const subscriptions = z
  .array(pattern)
  .max(MOST_SUBSCRIPTIONS)
  .describe('Patterns of message types: `*` for one segment between dots, `>` for the rest.');

export const nodePath = z.strictObject({ id: nodeId });
export const listQuery = z.strictObject(page);

/** The members that PUT and PATCH share. */
const members = {
  id: nodeId.optional().describe('The same as in the path, if given.'),
  did: did.nullish(),
  name: shortText.optional(),
  auth: auth.nullish(),
  ordering: ordering.optional(),
  paused: z.boolean().optional(),
  subscriptions: subscriptions.optional(),
};

export const nodeInput = z.strictObject({
  ...members,
  url,
  protocol,
  secret: secret
    .nullish()
    .describe('Absent: stays as it is. Null: removed. Given: the only one that signs from now on.'),
  policy: policy.optional(),
});

export const nodePatch = z.strictObject({
  ...members,
  url: url.optional(),
  protocol: protocol.optional(),
  secret: secret
    .nullish()
    .describe('Null: removed. Given: the only one that signs from now on; to let two overlap, rotate it.'),
  policy: policyPatch.optional(),
});

export const node = z.strictObject({
  id: nodeId,
  did: z.string().nullable(),
  name: z.string(),
  url: z.string(),
  protocol,
  auth: z
    .strictObject({ type: z.string(), header: z.string().optional() })
    .describe('How we authenticate towards the node, without credentials.'),
  ordering,
  paused: z.boolean(),
  subscriptions: z.array(z.string()),
  policy,
});

export const nodeList = listOf(node);

export const rotation = z.strictObject({
  secret: secret.optional().describe('Absent: one is made.'),
  overlap: z.number().min(0).max(YEAR).default(DAY).describe('Seconds for which the secret before it signs too.'),
});

export const rotated = z.strictObject({
  secret: z.string().describe('The new secret, shown this once.'),
  previousUntil: moment.nullable().describe('Until when both sign; null when there was no other, or no overlap.'),
});

export const pinged = z.strictObject({
  outcome: z.string().describe('`success` for a 2xx, else what went wrong.'),
  status: z.int().nullable().describe('Null without an answer.'),
  duration: z.number().describe('Milliseconds.'),
  error: z.string().nullable(),
  body: z.string().nullable().describe('The first 4 KiB of the answer.'),
});
