import type { EgressGuard } from './egress-guard.ts';
import { readIpAddress } from './ip-address.ts';

/** A node's URL, or why it can't be one. */
export type NodeUrl =
  { readonly url: URL; readonly problem?: never } | { readonly url?: never; readonly problem: string };

/** Reads a node's URL as browsers do (WHATWG), so that `0x7f.1` and `2130706433` show as the 127.0.0.1 that they reach. */
export function readNodeUrl(text: string): NodeUrl {
  if (!URL.canParse(text)) return { problem: 'expected an absolute URL such as https://node.example/inbox' };
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return { problem: `expected http or https, got ${url.protocol.slice(0, -1)}` };
  }
  if (url.username !== '' || url.password !== '') {
    return { problem: 'expected no user name or password in the URL: use the node\'s "auth"' };
  }
  if (text.includes('#')) return { problem: 'expected no fragment (#...) in the URL' };
  return { url };
}

/**
 * What is wrong with a node's URL when it is registered; null when nothing is. Says what can be known without a look-up: an address
 * that deliveries may not reach is refused now, a name is judged by what it resolves to whenever a connection is made.
 */
export function checkNodeUrl(text: string, guard: EgressGuard): string | null {
  const { url, problem } = readNodeUrl(text);
  if (problem !== undefined) return problem;
  const refusal = literalAddresses(url.hostname).map((address) => guard.refusal(url.hostname, address));
  // Allowed when one of them is: localhost is 127.0.0.1 and ::1, and is usable with either.
  if (refusal.length === 0 || refusal.includes(null)) return null;
  return `${refusal[0]}: it would have to be in delivery.network.allow`;
}

/** The addresses that a host is whatever DNS says: itself when it is a literal, loopback for localhost (RFC 6761, 6.3). */
function literalAddresses(hostname: string): readonly string[] {
  if (isLocalhost(hostname)) return ['127.0.0.1', '::1'];
  return readIpAddress(hostname) === null ? [] : [hostname];
}

/** `localhost` and the names below it. */
export function isLocalhost(hostname: string): boolean {
  return /^(.+\.)?localhost\.?$/i.test(hostname);
}
