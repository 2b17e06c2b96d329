import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/** Keeps secrets at rest: AES-256-GCM, under a key that only the processes know. */
export interface Sealer {
  /** Seals a text. `context` names the row and what in it is sealed; a sealed value opens with the same context only. */
  seal(plain: string, context: SealContext): Buffer;
  /** Opens what `seal` made, with whichever of the keys sealed it. Throws `SealError`. */
  open(sealed: Uint8Array, context: SealContext): string;
  /** Whether it was sealed with the first of the keys. */
  isCurrent(sealed: Uint8Array): boolean;
}

/** The row that a sealed value is bound to, so that it is worth nothing in another: `['node', id, 'auth']`. */
export type SealContext = readonly string[];

/** A sealed value can't be opened: the key is missing, or the value was changed or moved to another row. */
export class SealError extends Error {
  readonly code: 'SEAL_KEY_UNKNOWN' | 'SEAL_BROKEN';

  constructor(code: SealError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Format, key id, nonce and tag stand before the ciphertext; sizes in bytes. */
const FORMAT = 1;
const KEY_ID = 4;
const NONCE = 12;
const TAG = 16;
const HEADER = 1 + KEY_ID + NONCE + TAG;

interface SealingKey {
  readonly id: Buffer;
  readonly key: Buffer;
}

/**
 * A sealer with a key derived from each secret. The first seals; all open, so that a secret can be rotated by putting the new one in
 * front. `random` answers that many unpredictable bytes.
 */
export function createSealer(secrets: readonly [string, ...string[]], random: RandomBytes = randomBytes): Sealer {
  const [first, ...older] = secrets;
  const current = deriveSealingKey(first);
  const keys = [current, ...older.map(deriveSealingKey)];
  return {
    seal: (plain, context) => encrypt(current, random(NONCE), plain, context),
    open: (sealed, context) => decrypt(keys, Buffer.from(sealed), context),
    isCurrent: (sealed) => current.id.equals(sealed.subarray(1, 1 + KEY_ID)),
  };
}

export type RandomBytes = (size: number) => Buffer;

/** A 256-bit key for one purpose, derived from `security.secret` by HKDF (RFC 5869): keys of different purposes tell nothing of each other. */
export function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));
}

function deriveSealingKey(secret: string): SealingKey {
  const key = deriveKey(secret, 'secrets at rest, 1');
  return { key, id: createHash('sha256').update(key).digest().subarray(0, KEY_ID) };
}

function encrypt({ id, key }: SealingKey, nonce: Buffer, plain: string, context: SealContext): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG });
  cipher.setAAD(bound(id, context));
  const ciphertext = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(FORMAT), id, nonce, cipher.getAuthTag(), ciphertext]);
}

function decrypt(keys: readonly SealingKey[], sealed: Buffer, context: SealContext): string {
  if (sealed.length < HEADER || sealed[0] !== FORMAT) {
    throw new SealError('SEAL_BROKEN', `the sealed ${context.join(' ')} is not in a known format`);
  }
  const id = sealed.subarray(1, 1 + KEY_ID);
  const key = keys.find((candidate) => candidate.id.equals(id));
  if (key === undefined) {
    const detail = `the ${context.join(' ')} was sealed with a security.secret that is not configured any more`;
    throw new SealError('SEAL_KEY_UNKNOWN', detail);
  }
  const nonce = sealed.subarray(1 + KEY_ID, 1 + KEY_ID + NONCE);
  const decipher = createDecipheriv('aes-256-gcm', key.key, nonce, { authTagLength: TAG });
  decipher.setAAD(bound(id, context));
  decipher.setAuthTag(sealed.subarray(HEADER - TAG, HEADER));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(HEADER)), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new SealError('SEAL_BROKEN', `the sealed ${context.join(' ')} was changed, or belongs elsewhere`, { cause });
  }
}

/** What is authenticated beside the ciphertext. As JSON, so that no two contexts read alike. */
function bound(keyId: Buffer, context: SealContext): Buffer {
  return Buffer.concat([Buffer.of(FORMAT), keyId, Buffer.from(JSON.stringify(context))]);
}
