import { z } from 'zod';
import { count, listOf, page } from './fields.ts';

export const auditQuery = z.strictObject(page);

export const auditList = listOf(
  z.strictObject({
    id: z.string(),
    entry: z.string().describe('JSON: who did what to what, when; the very text that was hashed.'),
    hash: z.string().describe('SHA-256 over the hash of the record before and `entry`, hexadecimal.'),
  }),
);

export const verifyQuery = z.strictObject({
  head: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits')
    .optional()
    .describe('A `head` that was told earlier and kept elsewhere.'),
});

export const verdict = z.strictObject({
  records: count.describe('Records that are in order, from the first on.'),
  head: z.string().nullable().describe('The hash of the last of them.'),
  brokenAt: z.string().nullable().describe('The first record that is not what was written; null when all is well.'),
  knows: z.boolean().nullable().describe('Whether the chain goes through the head that was asked for.'),
});

export const resealed = z.strictObject({ nodes: count.describe('Nodes whose secrets were encrypted anew.') });

export const deliveryPath = z.strictObject({ id: z.string().regex(/^\d{1,18}$/) });

export const evidence = z.strictObject({
  evidence: z.string().describe('A JWS (RFC 7515), to be verified by the keys of `/api/v1/evidence/keys`.'),
});

export const evidenceKeys = z.strictObject({
  keys: z.array(z.record(z.string(), z.unknown())).describe('A JSON Web Key Set (RFC 7517).'),
});
