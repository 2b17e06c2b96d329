import { isIP, SocketAddress } from 'node:net';

/** An address in its one canonical spelling, an IPv4-mapped IPv6 address as the IPv4 address that it reaches. */
export interface IpAddress {
  readonly text: string;
  readonly family: 'ipv4' | 'ipv6';
}

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;

/** Reads an address as look-ups, sockets and URLs (`[::1]`) write it; null when it is none. A zone (`%eth0`) is left out. */
export function readIpAddress(text: string): IpAddress | null {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const version = isIP(bare);
  if (version === 0) return null;
  if (version === 4) return { text: bare, family: 'ipv4' };
  const canonical = new SocketAddress({ address: bare, family: 'ipv6' }).address;
  const mapped = MAPPED.exec(canonical)?.[1];
  return mapped === undefined ? { text: canonical, family: 'ipv6' } : { text: mapped, family: 'ipv4' };
}

/**
 * The IPv4 address that a translator or tunnel would reach for an IPv6 address: IPv4-compatible (RFC 4291, 2.5.5.1),
 * NAT64 (RFC 6052, RFC 8215) and 6to4 (RFC 3056); null for any other.
 */
export function embeddedIpv4(address: IpAddress): string | null {
  if (address.family === 'ipv4') return null;
  const groups = groupsOf(address.text);
  const [first, second] = groups;
  if (first === 0x2002) return dotted(groups[1], groups[2]);
  const isNat64 = first === 0x64 && second === 0xff9b;
  const isCompatible = groups.slice(0, 6).every((group) => group === 0);
  return isNat64 || isCompatible ? dotted(groups[6], groups[7]) : null;
}

/** The eight groups of a canonical IPv6 address. */
function groupsOf(text: string): number[] {
  const [head = '', tail] = text.split('::');
  const left = readGroups(head);
  if (tail === undefined) return left;
  const right = readGroups(tail);
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function readGroups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [Number.parseInt(part, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

function dotted(high = 0, low = 0): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
