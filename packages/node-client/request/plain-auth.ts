import type { IshareAuth, NodeAuth, OAuth2Auth } from '#core';

/** Credentials that a request carries as they are, and those that a token is fetched for. */
export type TokenAuth = OAuth2Auth | IshareAuth;
export type PlainAuth = Exclude<NodeAuth, TokenAuth>;

/** An HTTP token (RFC 9110, 5.6.2). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
/** A field value: visible ASCII and latin1, spaces and tabs only inside (RFC 9110, 5.5). */
const FIELD_VALUE = /^[\x21-\x7e\x80-\xff]([\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?$/;

/** What the connection, the body or we ourselves say with a header must not be said by a node's configuration. */
const RESERVED = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const RESERVED_PREFIX = /^(webhook-|ce-)/;

/** What is wrong with a configured header, in words; null when it can be sent. */
export function checkAuthHeader(name: string, value: string): string | null {
  if (!TOKEN.test(name)) return `expected a header name, got ${JSON.stringify(name)}`;
  const key = name.toLowerCase();
  if (RESERVED.has(key) || RESERVED_PREFIX.test(key)) return `the header ${key} can't be set: it is ours or HTTP's own`;
  return checkFieldValue(value);
}

export function needsToken(auth: NodeAuth): auth is TokenAuth {
  return auth.type === 'oauth2' || auth.type === 'ishare';
}

/** What is wrong with the credentials that we show to a node, in words; null when they can be sent. */
export function checkPlainAuth(auth: PlainAuth): string | null {
  switch (auth.type) {
    case 'none':
      return null;
    case 'api-key':
      return checkAuthHeader(auth.header, auth.value);
    case 'basic':
      // RFC 7617, section 2: the first colon ends the user name.
      return auth.username.includes(':') ? 'expected a user name without a colon' : null;
    case 'bearer':
      return checkFieldValue(auth.token);
  }
}

/** The header that carries the credentials, name and value; none for `none`. */
export function authHeader(auth: PlainAuth): readonly [name: string, value: string] | null {
  switch (auth.type) {
    case 'none':
      return null;
    case 'api-key':
      return [auth.header.toLowerCase(), auth.value];
    case 'basic':
      return ['authorization', `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`];
    case 'bearer':
      return ['authorization', `Bearer ${auth.token}`];
  }
}

function checkFieldValue(value: string): string | null {
  return FIELD_VALUE.test(value)
    ? null
    : 'expected a header value: not empty, no control characters, no spaces around it';
}
