import { hash } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { NodeTls } from '#core';
import { readPem } from '../ishare/certificates.ts';

/** What a node's own certificates are for a connection, and a name that tells them from others'. */
export interface ReadTls {
  readonly name: string;
  readonly secureContext: SecureContext;
}

/** Reads a node's certificates, or tells in words why they can't be used. */
export function readNodeTls(tls: NodeTls): ReadTls | { readonly problem: string } {
  const { ca, certificate, privateKey } = tls;
  if ((certificate === undefined) !== (privateKey === undefined)) {
    return { problem: 'expected certificate and privateKey, both or neither' };
  }
  try {
    // OpenSSL passes over what it can't read of a list, and would trust nobody then.
    if (ca !== undefined && readPem(ca).length === 0) return { problem: 'expected ca to be certificates in PEM' };
    const secureContext = createSecureContext({
      ...(ca !== undefined && { ca }),
      ...(certificate !== undefined && { cert: certificate }),
      ...(privateKey !== undefined && { key: privateKey }),
    });
    return { name: hash('sha256', JSON.stringify([ca, certificate, privateKey]), 'hex'), secureContext };
  } catch {
    // OpenSSL's own words are a line of its sources, and may tell of the key.
    return {
      problem: 'expected certificates and a private key in PEM, unencrypted, and the key to be that of the certificate',
    };
  }
}

/** What is wrong with a node's certificates, in words; null when they can be used. */
export function checkNodeTls(tls: NodeTls): string | null {
  const read = readNodeTls(tls);
  return 'problem' in read ? read.problem : null;
}
