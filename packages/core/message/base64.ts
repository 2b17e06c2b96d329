/**
 * Reads base64 as RFC 4648 section 4 writes it: its own alphabet, padded, no line breaks, no stray bits. So what is encoded again is what
 * was received, character for character. Null when it is anything else.
 */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}
