import { anyText } from '#core';
import { z } from 'zod';

/** RFC 6749, section 4.3.2. Its parameters may come with others that a server must pass over (section 3.2). */
export const tokenRequest = z.object({
  grant_type: z.literal('password', 'expected password; other grants are not supported yet'),
  username: anyText(1_000),
  password: z.string().max(1_000),
});

export const token = z.strictObject({
  access_token: z.string().describe('Goes into `Authorization: Bearer`.'),
  token_type: z.literal('Bearer'),
  expires_in: z.int().describe('Seconds.'),
});
