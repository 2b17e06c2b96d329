import { parseWebhookSecret, patternProblem, POLICY_LIMITS, text } from '#core';
import { z } from 'zod';
import { listOf, moment, nodeId, page, shortText } from './fields.ts';

const LONGEST_CREDENTIAL = 8_192;
const LONGEST_PEM = 65_536;
const MOST_SUBSCRIPTIONS = 1_000;
const DAY = 86_400;
const YEAR = 365 * DAY;

const did = text(2_048).regex(/^did:[a-z0-9]+:[A-Za-z0-9._:%-]+$/, 'expected a DID such as did:web:customs.example');
const credential = text(LONGEST_CREDENTIAL);
// Not `text`, which has no line breaks; what is in it is checked where it is read.
const pem = z.string().min(1).max(LONGEST_PEM);
const ca = pem.describe('Certificates that its own may end in, instead of the well-known ones. PEM.');
const tokenUrl = text(2_048).describe('Where tokens are fetched: http or https.');

/** The kinds of authentication towards a node. */
const auth = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('none') }),
    z.strictObject({ type: z.literal('api-key'), header: shortText, value: credential }),
    z.strictObject({ type: z.literal('basic'), username: credential, password: credential }),
    z.strictObject({ type: z.literal('bearer'), token: credential }),
    z
      .strictObject({
        type: z.literal('oauth2'),
        tokenUrl,
        clientId: credential,
        clientSecret: credential,
        scope: credential.optional(),
        ca: ca.optional(),
      })
      .describe('Client credentials (RFC 6749, section 4.4). The token is kept as long as `expires_in` says.'),
    z
      .strictObject({
        type: z.literal('ishare'),
        tokenUrl,
        partyId: shortText.describe(
          'The party that runs the token server: its EORI, and the `aud` of what it is shown.',
        ),
        scope: credential.optional().describe('`iSHARE` when left out.'),
        ca: ca.optional(),
        clientId: shortText.optional().describe('Our own EORI.'),
        privateKey: pem.optional().describe('RSA, PEM, unencrypted.'),
        certificates: pem.optional().describe('PEM: our own, those that signed it, the root.'),
      })
      .describe(
        'A client assertion (iSHARE). `clientId`, `privateKey` and `certificates` go together; without them we are who ' +
          '`security.ishare` says. Where an association register is configured, the party must be active there.',
      ),
  ],
  'expected an object whose type is none, api-key, basic, bearer, oauth2 or ishare',
);

const tls = z
  .strictObject({
    ca: ca.optional(),
    certificate: pem.optional().describe('What we show to the node, with its chain. PEM.'),
    privateKey: pem.optional().describe('Its key. PEM, unencrypted.'),
  })
  .describe(
    'Certificates of the connection to the node, for one that speaks mutual TLS or is certified by its own authority.',
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
  tls: tls.nullish(),
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
    .strictObject({
      type: z.string(),
      header: z.string().optional(),
      tokenUrl: z.string().optional(),
      clientId: z.string().optional(),
      scope: z.string().optional(),
      partyId: z.string().optional(),
    })
    .describe('How we authenticate towards the node, without credentials.'),
  tls: z
    .strictObject({
      ca: z.string().optional(),
      certificate: z.string().optional(),
      privateKey: z.literal(true).optional(),
    })
    .optional()
    .describe('Certificates of the connection, where it has its own; of a private key only that there is one.'),
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
