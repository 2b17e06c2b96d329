import { anyText, text } from '#core';
import { ASSERTION_TYPE } from '#node-client';
import { z } from 'zod';

// Parameters may come with others that a server must pass over (RFC 6749, section 3.2).

/** RFC 6749, section 4.3.2. */
const passwordRequest = z.object({
  grant_type: z.literal('password'),
  username: anyText(1_000),
  password: z.string().max(1_000),
});

/** RFC 7523, section 2.2, as iSHARE uses it. */
export const assertionRequest = z.object({
  grant_type: z.literal('client_credentials'),
  client_id: text(255).describe("The party's identifier (EORI)."),
  client_assertion_type: z.literal(ASSERTION_TYPE, `expected ${ASSERTION_TYPE}`),
  client_assertion: z.string().min(1).max(65_536).describe('An iSHARE JWT for us, signed by the party; good once.'),
  scope: z
    .string()
    .regex(/(^| )iSHARE($| )/, 'expected iSHARE')
    .optional(),
});

export const tokenRequest = z.discriminatedUnion(
  'grant_type',
  [passwordRequest, assertionRequest],
  'expected grant_type to be password or client_credentials',
);

export const token = z.strictObject({
  access_token: z.string().describe('Goes into `Authorization: Bearer`.'),
  token_type: z.literal('Bearer'),
  expires_in: z.int().describe('Seconds.'),
});
