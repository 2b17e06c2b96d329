import { readIpAddress } from '../egress/ip-address.ts';

/** The names of a hosts file, lower-case, each with its addresses in the order of the file. */
export function parseHosts(text: string): Map<string, string[]> {
  const hosts = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (readIpAddress(address) === null) continue;
    for (const name of names) {
      const key = name.toLowerCase();
      hosts.set(key, [...(hosts.get(key) ?? []), address]);
    }
  }
  return hosts;
}

/** What resolv.conf(5) says of short names: the domains to try, and how many dots make a name complete. */
export interface SearchRules {
  readonly domains: readonly string[];
  readonly ndots: number;
}

export function parseSearchRules(text: string): SearchRules {
  let domains: readonly string[] = [];
  let ndots = 1;
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    // The last one counts, as in glibc.
    if (keyword === 'search' || keyword === 'domain') domains = values.filter((domain) => domain !== '.');
    if (keyword === 'options') ndots = Number(/(?:^|\s)ndots:(\d+)/.exec(values.join(' '))?.[1] ?? ndots);
  }
  return { domains, ndots };
}

/** The complete names that a name may stand for, in the order in which resolv.conf(5) has them tried. */
export function candidatesFor(name: string, { domains, ndots }: SearchRules): readonly string[] {
  if (name.endsWith('.')) return [name];
  const extended = domains.map((domain) => `${name}.${domain.replace(/\.$/, '')}`);
  const dots = name.split('.').length - 1;
  return dots >= ndots ? [name, ...extended] : [...extended, name];
}
