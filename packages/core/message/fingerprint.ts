import { hash } from 'node:crypto';

/** SHA-256 of some bytes. */
export function digestOf(bytes: Buffer): Buffer {
  return hash('sha256', bytes, 'buffer');
}

/** What a repeat of a call must agree in with the first one; everything else may differ. */
export interface Repeatable {
  readonly digest: Buffer;
  readonly type: string;
  readonly contentType: string;
  /** As the sender gave them, in any order; null when it left them out, which differs from every list. */
  readonly destinations: readonly string[] | null;
}

/** SHA-256 over what makes two calls with the same id the same call: payload, type, content type and the set of destinations as given. */
export function fingerprintOf({ digest, type, contentType, destinations }: Repeatable): Buffer {
  const set = destinations && [...new Set(destinations)].sort();
  return hash('sha256', JSON.stringify([digest.toString('base64'), type, contentType, set]), 'buffer');
}
