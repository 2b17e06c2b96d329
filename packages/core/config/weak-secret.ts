/** Bytes: what AES-256 and HMAC-SHA-256 are keyed with. */
export const SHORTEST_SECRET = 32;
const FEWEST_CHARACTERS = 6;
/** What people leave in from examples. None of it turns up in random text, base64 or hexadecimal, by any likely chance. */
const EXAMPLE =
  /change.?me|change.?this|example|placeholder|replace.?me|your.?secret|my.?secret|password|qwerty|abcdefgh|12345678/i;

/** Whether a secret could be guessed: too short, left over from an example, one unit repeated, or of hardly any different characters. */
export function isWeakSecret(secret: string): boolean {
  return (
    Buffer.byteLength(secret) < SHORTEST_SECRET ||
    EXAMPLE.test(secret) ||
    new Set(secret).size < FEWEST_CHARACTERS ||
    isPeriodic(secret)
  );
}

function isPeriodic(text: string): boolean {
  for (let period = 1; period <= text.length / 2; period += 1) {
    if (text.startsWith(text.slice(period))) return true;
  }
  return false;
}
