import { BlockList } from 'node:net';
import { domainToASCII } from 'node:url';
import { embeddedIpv4, type IpAddress, readIpAddress } from './ip-address.ts';
import { specialPurposeOf } from './special-purpose-addresses.ts';

/** Decides which addresses deliveries may reach: public unicast ones, and what `delivery.network.allow` opens. */
export interface EgressGuard {
  /**
   * Why `address` must not be connected to, in words; null when it may. `host` is the URL's host, by which an allowed host name
   * opens what it resolves to.
   */
  refusal(host: string, address: string): string | null;
}

/**
 * Where clouds answer with an instance's credentials: AWS, Azure, Google and others; AWS over IPv6; AWS ECS tasks; Alibaba; Oracle.
 * A range or host name that happens to cover one must not open it, so only its own literal does.
 */
const METADATA: ReadonlySet<string> = new Set(
  ['169.254.169.254', 'fd00:ec2::254', '169.254.170.2', '100.100.100.200', '192.0.0.192'].map(canonical),
);

type AllowEntry =
  | { readonly kind: 'host'; readonly host: string }
  | { readonly kind: 'range'; readonly address: IpAddress; readonly prefix: number };

/**
 * `allow`: host names, addresses and CIDR ranges.
 * @throws {Error} naming the entry that is none of them, or is a URL or a name with a port.
 */
export function createEgressGuard(allow: readonly string[]): EgressGuard {
  const hosts = new Set<string>();
  const literals = new Set<string>();
  const ranges = new BlockList();
  for (const text of allow) {
    const entry = readAllowEntry(text);
    if (entry === null) {
      throw new Error(`delivery.network.allow: expected a host name, an address or a CIDR range, got "${text}"`);
    }
    if (entry.kind === 'host') hosts.add(entry.host);
    else ranges.addSubnet(entry.address.text, entry.prefix, entry.address.family);
    if (entry.kind === 'range' && entry.prefix === widthOf(entry.address)) literals.add(entry.address.text);
  }

  return {
    refusal(host, text) {
      const address = readIpAddress(text);
      if (address === null) return `${text} is not an address`;
      if (isMetadata(address)) {
        return literals.has(address.text) ? null : `${address.text} is a metadata address`;
      }
      const special = specialPurposeOf(address);
      if (special === null || hosts.has(hostKey(host)) || ranges.check(address.text, address.family)) return null;
      return `${address.text} is not a public address (${special})`;
    },
  };
}

/** Whether a text can be an entry of `delivery.network.allow`: a host name, an address or a CIDR range. */
export function isAllowEntry(text: string): boolean {
  return readAllowEntry(text) !== null;
}

function readAllowEntry(text: string): AllowEntry | null {
  const [, network = '', width] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? [];
  const address = readIpAddress(network);
  if (address !== null) return readRange(network, address, width);
  const host = hostKey(network);
  const isHost = width === undefined && /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(host) && !/(^|\.)[\d.]+$/.test(host);
  return isHost ? { kind: 'host', host } : null;
}

function readRange(network: string, address: IpAddress, width: string | undefined): AllowEntry | null {
  // A range written as IPv4-mapped IPv6 counts its prefix from the IPv6 side.
  const offset = address.family === 'ipv4' && network.includes(':') ? 96 : 0;
  const prefix = width === undefined ? widthOf(address) : Number(width) - offset;
  return prefix >= 0 && prefix <= widthOf(address) ? { kind: 'range', address, prefix } : null;
}

/** Also behind a translator or tunnel: 64:ff9b::a9fe:a9fe reaches 169.254.169.254. */
function isMetadata(address: IpAddress): boolean {
  return METADATA.has(address.text) || METADATA.has(embeddedIpv4(address) ?? '');
}

function widthOf({ family }: IpAddress): number {
  return family === 'ipv4' ? 32 : 128;
}

function hostKey(host: string): string {
  return domainToASCII(host).replace(/\.$/, '');
}

function canonical(text: string): string {
  return readIpAddress(text)?.text ?? text;
}
