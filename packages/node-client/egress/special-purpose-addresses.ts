import { BlockList } from 'node:net';
import type { IpAddress } from './ip-address.ts';

type Range = readonly [network: string, prefix: number, what: string];

/**
 * Everything in IPv4 that is not a public unicast host: every row of the IANA IPv4 Special-Purpose Address Registry (RFC 6890
 * and updates; also the rows marked globally reachable, which are anycast infrastructure), and multicast (RFC 5771).
 */
const IPV4: readonly Range[] = [
  ['0.0.0.0', 8, 'this network'],
  ['10.0.0.0', 8, 'private'],
  ['100.64.0.0', 10, 'carrier-grade NAT'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'link-local'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'reserved for protocols'],
  ['192.0.2.0', 24, 'documentation'],
  ['192.31.196.0', 24, 'AS112'],
  ['192.52.193.0', 24, 'AMT'],
  ['192.88.99.0', 24, '6to4 relay'],
  ['192.168.0.0', 16, 'private'],
  ['192.175.48.0', 24, 'AS112'],
  ['198.18.0.0', 15, 'benchmarking'],
  ['198.51.100.0', 24, 'documentation'],
  ['203.0.113.0', 24, 'documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved'],
];

/**
 * The rows of the IANA IPv6 Special-Purpose Address Registry, and multicast. Outside 2000::/3 nothing is public unicast
 * (RFC 4291, 2.4), so the rows there only give the refusal its words.
 */
const IPV6: readonly Range[] = [
  ['::', 128, 'unspecified'],
  ['::1', 128, 'loopback'],
  ['64:ff9b::', 96, 'NAT64'],
  ['64:ff9b:1::', 48, 'NAT64'],
  ['100::', 64, 'discard-only'],
  ['100:0:0:1::', 64, 'dummy prefix'],
  ['2001::', 32, 'Teredo'],
  ['2001::', 23, 'reserved for protocols'],
  ['2001:db8::', 32, 'documentation'],
  ['2002::', 16, '6to4'],
  ['2620:4f:8000::', 48, 'AS112'],
  ['3fff::', 20, 'documentation'],
  ['5f00::', 16, 'segment routing'],
  ['fc00::', 7, 'unique local'],
  ['fe80::', 10, 'link-local'],
  ['fec0::', 10, 'site-local'],
  ['ff00::', 8, 'multicast'],
];

const PUBLIC_IPV6 = blockListOf(['2000::', 3, 'ipv6'] as const);

const SPECIAL = [
  ...IPV4.map(([network, prefix, what]) => ({ what, list: blockListOf([network, prefix, 'ipv4']) })),
  ...IPV6.map(([network, prefix, what]) => ({ what, list: blockListOf([network, prefix, 'ipv6']) })),
];
const ALL_SPECIAL = blockListOf(
  ...IPV4.map(([network, prefix]) => [network, prefix, 'ipv4'] as const),
  ...IPV6.map(([network, prefix]) => [network, prefix, 'ipv6'] as const),
);

/** What an address is when it is not public unicast (`loopback`, `private`, ...); null when it is public. */
export function specialPurposeOf({ text, family }: IpAddress): string | null {
  if (family === 'ipv6' && !PUBLIC_IPV6.check(text, family)) return nameOf(text, family) ?? 'reserved';
  return ALL_SPECIAL.check(text, family) ? nameOf(text, family) : null;
}

function nameOf(text: string, family: IpAddress['family']): string | null {
  return SPECIAL.find(({ list }) => list.check(text, family))?.what ?? null;
}

function blockListOf(...ranges: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix, family] of ranges) list.addSubnet(network, prefix, family);
  return list;
}
