import type { NodeAuth } from '#core';
import { checkNodeUrl } from '../egress/node-url.ts';
import type { EgressGuard } from '../egress/egress-guard.ts';
import { readPem } from '../ishare/certificates.ts';
import { readIshareIdentity } from '../ishare/identity.ts';
import { checkPlainAuth, needsToken, type TokenAuth } from './plain-auth.ts';

/** What is wrong with the credentials that we show to a node, in words; null when they can be used. */
export function checkNodeAuth(auth: NodeAuth, guard: EgressGuard): string | null {
  if (!needsToken(auth)) return checkPlainAuth(auth);
  const problem = checkNodeUrl(auth.tokenUrl, guard);
  if (problem !== null) return `tokenUrl: ${problem}`;
  return checkCa(auth) ?? (auth.type === 'ishare' ? checkIdentity(auth) : null);
}

function checkCa({ ca }: TokenAuth): string | null {
  try {
    return ca === undefined || readPem(ca).length > 0 ? null : 'ca: expected certificates in PEM';
  } catch {
    // OpenSSL's own words are a line of its sources.
    return 'ca: expected certificates in PEM';
  }
}

function checkIdentity({ clientId, privateKey, certificates }: Extract<NodeAuth, { type: 'ishare' }>): string | null {
  const given = [clientId, privateKey, certificates].filter((part) => part !== undefined);
  if (given.length === 0) return null;
  if (clientId === undefined || privateKey === undefined || certificates === undefined) {
    return 'expected clientId, privateKey and certificates, or none of them';
  }
  const identity = readIshareIdentity(clientId, privateKey, certificates);
  return 'problem' in identity ? identity.problem : null;
}
