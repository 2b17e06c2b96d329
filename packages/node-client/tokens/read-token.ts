import { z } from 'zod';
import type { HttpAnswer } from './guarded-http.ts';
import { refused } from './token-error.ts';

export interface Token {
  /** Goes into `authorization: Bearer`. */
  readonly text: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** What a token without `expires_in` is good for (RFC 6749, section 5.1, leaves it to us). Seconds. */
const UNSAID = 300;

const answerSchema = z.object({
  // RFC 6750, section 2.1, and RFC 6749, appendix A.12: visible characters, which keeps it within its header.
  access_token: z.string().regex(/^[\x21-\x7e]{1,16384}$/),
  token_type: z
    .string()
    .regex(/^bearer$/i)
    .optional(),
  expires_in: z.coerce.number().positive().optional(),
});

const errorSchema = z.object({ error: z.string().regex(/^[\w.-]{1,60}$/) });

/** The token of a server's answer (RFC 6749, section 5.1). Throws `TokenError` when there is none. */
export function readToken({ status, text }: HttpAnswer, server: string): Token {
  if (status < 200 || status >= 300) {
    const code = readError(text);
    throw refused(`the token server ${server} answered ${status}${code === null ? '' : ` (${code})`}`);
  }
  const answer = answerSchema.safeParse(readJson(text));
  if (!answer.success) throw refused(`the token server ${server} answered ${status} without a bearer token`);
  return { text: answer.data.access_token, expiresIn: answer.data.expires_in ?? UNSAID };
}

/** The `error` of a refusal (RFC 6749, section 5.2), where it is a plain code. */
export function readError(text: string): string | null {
  const parsed = errorSchema.safeParse(readJson(text));
  return parsed.success ? parsed.data.error : null;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON holds no token: the schema says so.
    return null;
  }
}
