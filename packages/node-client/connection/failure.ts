import type { AttemptOutcome } from '#core';

/** Why an exchange ended without a status: what it counts as, and words for a person. */
export interface Failure {
  readonly outcome: Exclude<AttemptOutcome, 'success' | 'http-error'>;
  readonly error: string;
}

/** A connection that could not be made, its reason already in words. Its own class, since undici tries again on some of its own codes. */
export class ConnectError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.error);
    this.failure = failure;
  }
}

/** Longest text that is kept of an error; what a peer may have a hand in is never longer. */
const LONGEST_WORDS = 300;

/** Reasons of the name look-up, by c-ares' code. */
const LOOK_UP_WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such host',
  ENODATA: 'the name has no address',
  ESERVFAIL: 'the name server failed',
  EREFUSED: 'the name server refused to answer',
  ETIMEOUT: 'the name server did not answer',
  ECONNREFUSED: 'the name server is not reachable',
  EBADNAME: 'not a host name',
};

/** Reasons of a connection, by the system's or undici's code. */
const CONNECTION_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused by',
  ECONNRESET: 'connection reset by',
  EPIPE: 'connection closed by',
  UND_ERR_SOCKET: 'connection closed without an answer by',
  EHOSTUNREACH: 'no route to',
  ENETUNREACH: 'no route to',
  EHOSTDOWN: 'no route to',
  EADDRNOTAVAIL: 'no local port left for a connection to',
  EMFILE: 'no file descriptor left for a connection to',
};

/** Reasons of TLS, by OpenSSL's or Node's code. */
const TLS_WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate ends in a root that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate is signed by an unknown issuer',
  UNABLE_TO_GET_ISSUER_CERT: 'the certificate is signed by an unknown issuer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate is signed by an unknown issuer',
  CERT_REVOKED: 'the certificate was revoked',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the node does not speak TLS on this port',
  ECONNRESET: 'the node closed the connection during the handshake',
};

export function lookUpFailure(hostname: string, error: unknown): Failure {
  return { outcome: 'dns-error', error: words(`${LOOK_UP_WORDS[codeOf(error)] ?? messageOf(error)}: ${hostname}`) };
}

/** An error of the TCP connection to `peer`, before or after it stood. */
export function connectionFailure(peer: string, error: unknown): Failure {
  const code = codeOf(error);
  if (code === 'ETIMEDOUT') return { outcome: 'timeout', error: `no connection to ${peer}: the network gave up` };
  const reason = CONNECTION_WORDS[code];
  const text = reason === undefined ? `connection to ${peer} failed: ${messageOf(error)}` : `${reason} ${peer}`;
  return { outcome: 'connection-error', error: words(text) };
}

/** An error between the TCP connection and the end of the handshake. */
export function tlsFailure(peer: string, error: unknown): Failure {
  const code = codeOf(error);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      outcome: 'tls-error',
      error: words(`TLS with ${peer}: the certificate is for another host (${messageOf(error)})`),
    };
  }
  return { outcome: 'tls-error', error: words(`TLS with ${peer}: ${TLS_WORDS[code] ?? messageOf(error)}`) };
}

/** An error of the exchange on a connection that stood, as undici reports it, before a status was read. */
export function exchangeFailure(peer: string, error: unknown): Failure {
  if (error instanceof ConnectError) return error.failure;
  if (codeOf(error) === 'UND_ERR_INVALID_ARG') {
    return { outcome: 'connection-error', error: words(`the request can't be written: ${messageOf(error)}`) };
  }
  const complaint = complaintAbout(error);
  if (complaint === null) return connectionFailure(peer, error);
  return { outcome: 'invalid-response', error: words(`${peer} ${complaint}`) };
}

/** What is wrong with an answer that came; null when none did. */
function complaintAbout(error: unknown): string | null {
  const code = codeOf(error);
  const message = messageOf(error);
  // undici gives its parser's errors no code of their own.
  const isParserError = fieldOf(error, 'name') === 'HTTPParserError';
  if (isParserError || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return `did not answer in HTTP (${message})`;
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return 'answered with too long headers';
  if (code !== 'UND_ERR_SOCKET') return null;
  if (message === 'bad response') return 'answered what was not asked for (100 Continue)';
  return message === 'bad upgrade' ? 'answered what was not asked for (an upgrade)' : null;
}

/** One line, free of control characters and bounded, whatever a peer put into it. */
function words(text: string): string {
  const line = text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
  return line.length > LONGEST_WORDS ? `${line.slice(0, LONGEST_WORDS - 1)}…` : line;
}

/** The stable code of an error; empty where it has none. */
export function codeOf(error: unknown): string {
  return fieldOf(error, 'code') ?? '';
}

/** OpenSSL's `reason` before its message, which is a file and a line of its sources. */
function messageOf(error: unknown): string {
  return fieldOf(error, 'reason') ?? fieldOf(error, 'message') ?? String(error);
}

/** By its fields, not its class: what Node throws need not be of our realm's Error (a worker's, a test runner's). */
function fieldOf(error: unknown, name: string): string | undefined {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}
