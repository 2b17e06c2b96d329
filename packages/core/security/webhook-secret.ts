import { randomBytes } from 'node:crypto';
import type { RandomBytes } from './seal.ts';

/** What every Standard Webhooks secret begins with (Standard Webhooks 1.0, "Signature scheme"). */
const WEBHOOK_SECRET_PREFIX = 'whsec_';

/** Bytes of key that a secret may carry. */
const LEAST = 24;
const MOST = 64;
const GENERATED = 32;

/** The key in a Standard Webhooks secret: `whsec_` and the base64 of 24 to 64 bytes. Null when it is anything else. */
export function parseWebhookSecret(secret: string): Buffer | null {
  if (!secret.startsWith(WEBHOOK_SECRET_PREFIX)) return null;
  const base64 = secret.slice(WEBHOOK_SECRET_PREFIX.length);
  const key = Buffer.from(base64, 'base64');
  // Node.js skips what is not base64: only what reads back the same was.
  const isBase64 = key.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '');
  return isBase64 && key.length >= LEAST && key.length <= MOST ? key : null;
}

/** A new Standard Webhooks secret with a key of 256 bits. */
export function generateWebhookSecret(random: RandomBytes = randomBytes): string {
  return WEBHOOK_SECRET_PREFIX + random(GENERATED).toString('base64');
}
