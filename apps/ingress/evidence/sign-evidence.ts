import { createPrivateKey, createPublicKey, hash, type KeyObject } from 'node:crypto';
import { CompactSign, exportJWK, type JWK } from 'jose';
import { deriveKey } from '#core';

/** Signs records so that anyone can verify them by our public keys. */
export interface EvidenceSigner {
  /** A JWS in compact form (RFC 7515), whose payload is the record as JSON. */
  sign(record: object): Promise<string>;
  /** The public keys of what was signed under the current secret and the one before it: a JSON Web Key Set. */
  keys(): Promise<{ readonly keys: readonly JWK[] }>;
}

/** PKCS #8 (RFC 8410, section 7) up to the 32 bytes of an Ed25519 key. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const EVIDENCE_TYPE = 'delivery-evidence+jws';

interface SigningKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** The keys are derived from the secrets, so that every process has them and none is stored. */
export function createEvidenceSigner(secret: string, previousSecret?: string): EvidenceSigner {
  const current = signingKeyOf(secret);
  const all = [current, ...(previousSecret === undefined ? [] : [signingKeyOf(previousSecret)])];
  return {
    sign(record) {
      const header = { alg: 'EdDSA', kid: current.id, typ: EVIDENCE_TYPE };
      return new CompactSign(Buffer.from(JSON.stringify(record))).setProtectedHeader(header).sign(current.key);
    },
    async keys() {
      const keys = all.map(async ({ id, key }) => {
        const jwk = await exportJWK(createPublicKey(key));
        return { ...jwk, kid: id, alg: 'EdDSA', use: 'sig' };
      });
      return { keys: await Promise.all(keys) };
    },
  };
}

function signingKeyOf(secret: string): SigningKey {
  const seed = deriveKey(secret, 'delivery evidence');
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const der = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return { key, id: hash('sha256', der, 'hex').slice(0, 16) };
}
