import { z } from 'zod';
import { listOf, momentOrNull, nodeId, shortText, uuid } from './fields.ts';

export const keyPath = z.strictObject({ id: nodeId, key: uuid });

export const keyInput = z.strictObject({ name: shortText.describe('What the key is for.') });

export const newKey = z.strictObject({
  id: z.string(),
  name: z.string(),
  key: z.string().describe('Goes into `x-api-key`. Shown this once.'),
});

const key = z.strictObject({
  id: z.string(),
  name: z.string(),
  prefix: z.string().describe('How the key begins.'),
  lastUsedAt: momentOrNull,
});

export const keyList = listOf(key);
