import { z } from 'zod';
import { listOf, moment, momentOrNull, nodeId, shortText, uuid } from './fields.ts';

export const keyPath = z.strictObject({ id: nodeId, key: uuid });

export const keyInput = z.strictObject({
  name: shortText.describe('What the key is for.'),
  expiresAt: moment.nullish().describe('From then on it is worth nothing; good until it is revoked when left out.'),
});

export const newKey = z.strictObject({
  id: z.string(),
  name: z.string(),
  key: z.string().describe('Goes into `x-api-key`. Shown this once.'),
  expiresAt: moment.optional().describe('There for a key that ends by itself.'),
});

const key = z.strictObject({
  id: z.string(),
  name: z.string(),
  prefix: z.string().describe('How the key begins.'),
  lastUsedAt: momentOrNull,
  expiresAt: moment.optional().describe('There for a key that ends by itself.'),
});

export const keyList = listOf(key);
