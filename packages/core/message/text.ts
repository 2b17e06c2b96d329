import { z } from 'zod';
import { describe } from './parsed.ts';

/** Longest id or type, in characters (code points): both are keys of an index, whose entries PostgreSQL bounds at 2,704 bytes. */
export const LONGEST_ID = 255;
/** Longest name of a destination: DIDs that carry a key are long. */
export const LONGEST_NAME = 2_048;

/**
 * A text of at most `longest` characters (code points, as zod counts), without control characters (PostgreSQL's text can't hold a NUL,
 * a header none of them) and well-formed, so that it comes out as it went in.
 */
export function anyText(longest: number) {
  return z
    .string({ error: ({ input }) => `expected a text, got ${describe(input)}` })
    .max(longest, { error: ({ input }) => `expected at most ${longest} characters, got ${lengthOf(input)}` })
    .superRefine((value, context) => {
      const message = charactersProblem(value);
      if (message !== null) context.addIssue({ code: 'custom', message });
    });
}

/** A text that is not empty. */
export function text(longest: number) {
  return anyText(longest).min(1, 'expected a text, got an empty one');
}

function charactersProblem(value: string): string | null {
  // Most texts are printable ASCII, which one cheap look settles.
  if (/^[\x20-\x7e]*$/.test(value)) return null;
  if (/\p{Cc}/u.test(value)) return 'expected a text without control characters';
  // With the flag `u` only a surrogate without its partner is of this category.
  return /\p{Cs}/u.test(value) ? 'expected well-formed Unicode, got half a surrogate pair' : null;
}

function lengthOf(input: unknown): number {
  return typeof input === 'string' ? input.length : 0;
}

// RFC 9110 section 8.3.1: type "/" subtype, then parameters whose values are tokens or quoted strings.
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const QUOTED = '"(?:[\\t !#-\\[\\]-~]|\\\\[\\t !-~])*"';
const MEDIA_TYPE = new RegExp(`^${TOKEN}/${TOKEN}(?:[ \\t]*;[ \\t]*${TOKEN}=(?:${TOKEN}|${QUOTED}))*$`);

/** A media type such as `application/json` or `text/plain; charset=utf-8` (RFC 9110 section 8.3.1). */
export const mediaType = text(LONGEST_ID).refine((value) => value === 'application/json' || MEDIA_TYPE.test(value), {
  error: ({ input }) => `expected a media type such as application/json, got ${describe(input)}`,
});

/** Whether a media type says that its content is JSON: `…/json` or `…+json`, whatever its parameters. */
export function isJsonType(contentType: string): boolean {
  return /^[^;]*[/+]json[ \t]*(?:;|$)/i.test(contentType);
}
