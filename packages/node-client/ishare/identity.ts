import { createPrivateKey, type KeyObject } from 'node:crypto';
import { isStrongRsa, readPem, toX5c } from './certificates.ts';

/** Who we are to other parties. */
export interface IshareIdentity {
  /** EORI. */
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly x5c: readonly string[];
}

/** Reads an identity from PEM, or tells in words why it is none. Never quotes the key. */
export function readIshareIdentity(
  id: string,
  privateKey: string,
  certificates: string,
): IshareIdentity | { readonly problem: string } {
  try {
    const key = createPrivateKey(privateKey);
    const chain = readPem(certificates);
    const [own] = chain;
    if (own === undefined) return { problem: 'expected certificates in PEM, our own first' };
    if (!isStrongRsa(own)) return { problem: 'expected an RSA key of at least 2048 bits' };
    if (!own.checkPrivateKey(key)) return { problem: 'expected the key of the first certificate' };
    return { id, privateKey: key, x5c: toX5c(chain) };
  } catch {
    // OpenSSL's own words may tell of the key.
    return { problem: 'expected a private key and certificates in PEM, unencrypted' };
  }
}
