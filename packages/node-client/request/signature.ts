import { createHmac } from 'node:crypto';

const SECRET_PREFIX = 'whsec_';

/** The bytes of a Standard Webhooks secret, `whsec_` and base64. */
export function signingKey(secret: string): Buffer {
  return Buffer.from(secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : secret, 'base64');
}

/**
 * The `webhook-signature` header (Standard Webhooks 1.0): for each key `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`,
 * separated by spaces. `timestamp` is in epoch seconds.
 */
export function signatureOf(keys: readonly Buffer[], id: string, timestamp: number, body: Buffer): string {
  return keys
    .map((key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`)
    .join(' ');
}
