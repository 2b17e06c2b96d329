import { X509Certificate } from 'node:crypto';

/** A chain longer than this is nobody's. */
const LONGEST_CHAIN = 10;
const LEAST_MODULUS = 2_048;

const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, in order; throws where one can't be read. */
export function readPem(text: string): X509Certificate[] {
  return (text.match(PEM) ?? []).map((pem) => new X509Certificate(pem));
}

/** The certificates of an `x5c` header (RFC 7515, section 4.1.6): base64 of DER, the signer's first. Null when they can't be read. */
export function readX5c(x5c: unknown): X509Certificate[] | null {
  if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > LONGEST_CHAIN) return null;
  const texts: unknown[] = x5c;
  try {
    return texts.map((text) => {
      if (typeof text !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw new TypeError('not base64');
      return new X509Certificate(Buffer.from(text, 'base64'));
    });
  } catch {
    // Which of them is broken is of no use to whom it is refused.
    return null;
  }
}

export function toX5c(chain: readonly X509Certificate[]): string[] {
  return chain.map(({ raw }) => raw.toString('base64'));
}

/** SHA-256 of the certificate, in upper-case hexadecimal without separators. */
export function fingerprintOf({ fingerprint256 }: X509Certificate): string {
  return fingerprint256.replaceAll(':', '');
}

/**
 * Why a chain proves nothing, in words; null when it holds: each signed by the next, all valid at `now`, the last a root whose
 * fingerprint is trusted. Length limits of authorities (pathLenConstraint) are not to be had from Node.js and not checked.
 */
export function chainProblem(
  chain: readonly X509Certificate[],
  trusted: ReadonlySet<string>,
  now: Date,
): string | null {
  const [signer] = chain;
  const root = chain.at(-1);
  if (signer === undefined || root === undefined || chain.length < 2) return 'the chain is not complete';
  if (signer.ca) return "the signer's certificate is an authority's";
  if (!isStrongRsa(signer)) return `the signer's key is not RSA of at least ${LEAST_MODULUS} bits`;
  if (chain.some((certificate) => !isValidAt(certificate, now))) return 'a certificate is not valid now';
  const isLinked = chain.every((certificate, i) => isSignedBy(certificate, chain[i + 1] ?? root));
  if (!isLinked) return 'the chain is not signed link by link';
  return trusted.has(fingerprintOf(root)) ? null : 'the root is not in the trusted list';
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isValidAt({ validFrom, validTo }: X509Certificate, now: Date): boolean {
  return Date.parse(validFrom) <= now.getTime() && now.getTime() <= Date.parse(validTo);
}

export function isStrongRsa({ publicKey }: X509Certificate): boolean {
  const { modulusLength = 0 } = publicKey.asymmetricKeyDetails ?? {};
  return publicKey.asymmetricKeyType === 'rsa' && modulusLength >= LEAST_MODULUS;
}

/** The identifiers that a certificate's subject is given by its authority: `serialNumber` and `organizationIdentifier`. */
export function partyIdsOf(certificate: X509Certificate): string[] {
  const subject: Readonly<Record<string, unknown>> = { ...certificate.toLegacyObject().subject };
  return ['serialNumber', 'organizationIdentifier', '2.5.4.97']
    .flatMap((name) => subject[name])
    .filter((value) => typeof value === 'string');
}
