import { anyText } from '#core';
import { ROLES } from '#persistence';
import { z } from 'zod';

export const signIn = z.strictObject({
  username: anyText(1_000),
  password: z.string().max(1_000),
});

export const session = z.strictObject({
  username: z.string(),
  role: z.enum(ROLES),
});
