import { ROLES } from '#persistence';
import { text } from '#core';
import { z } from 'zod';
import { listOf, uuid } from './fields.ts';

const username = text(100).refine((value) => value.trim() === value, 'expected no spaces around it');
const password = z.string().min(8, 'expected at least 8 characters').max(1_000).describe('Stored hashed only.');
const role = z.enum(ROLES);

export const userPath = z.strictObject({ id: uuid });
export const userInput = z.strictObject({ username, password, role });
export const userPatch = z.strictObject({
  username: username.optional(),
  password: password.optional(),
  role: role.optional(),
});
export const user = z.strictObject({ id: z.string(), username: z.string(), role });
export const userList = listOf(user);
