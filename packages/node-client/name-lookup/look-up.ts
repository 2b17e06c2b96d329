import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { codeOf } from '../connection/failure.ts';
import { isLocalhost } from '../egress/node-url.ts';
import { candidatesFor, parseHosts, parseSearchRules } from './resolver-files.ts';

/** The addresses of a host name, the preferred ones first. Rejects with an error whose `code` is one of c-ares (`ENOTFOUND`). */
export type LookUp = (hostname: string) => Promise<readonly string[]>;

/** What the system look-up asks. All of it can be replaced in tests. */
export interface NameSources {
  /** Addresses of one family (4 or 6) of a complete name. */
  resolve(name: string, family: 4 | 6): Promise<readonly string[]>;
  readHosts(): Promise<string>;
  readResolvConf(): Promise<string>;
}

/**
 * How long the other family may take when one has answered, in ms (RFC 8305, 3): some name servers never answer AAAA.
 */
const RESOLUTION_DELAY = 50;
/** What resolv.conf(5) has by default: how long a server may take, in ms, and how often all are asked. */
const SERVER_TIMEOUT = 5_000;
const SERVER_TRIES = 2;

/**
 * Looks names up by asking the name servers (c-ares), after localhost and the hosts file. Not `dns.lookup`: getaddrinfo runs on libuv's
 * four threads, and four names whose servers don't answer would hold up all other look-ups, files and hashes for half a minute. The
 * price is that nsswitch.conf is not read; the hosts file and resolv.conf's search list are.
 */
export function createSystemLookUp(sources: NameSources = systemSources()): LookUp {
  return async (hostname) => {
    const name = hostname.toLowerCase();
    const hosts = parseHosts(await sources.readHosts());
    const listed = hosts.get(name.replace(/\.$/, ''));
    if (listed !== undefined) return listed;
    if (isLocalhost(name)) return ['127.0.0.1', '::1'];
    return resolveFirst(candidatesFor(name, parseSearchRules(await sources.readResolvConf())), sources);
  };
}

async function resolveFirst(names: readonly string[], sources: NameSources): Promise<readonly string[]> {
  let missing: unknown;
  for (const name of names) {
    try {
      return await resolveBoth(name, sources);
    } catch (error) {
      // Only "there is no such name" sends us on; a server's failure must not turn one host into another.
      if (!isMissing(error)) throw error;
      missing = error;
    }
  }
  throw missing;
}

/** Both families at once; IPv4 first, and the failure that says more when neither has an address. */
async function resolveBoth(name: string, sources: NameSources): Promise<readonly string[]> {
  const v4 = settle(sources.resolve(name, 4));
  const v6 = settle(sources.resolve(name, 6));
  const first = await Promise.race([v4, v6]);
  const patience = first.addresses.length > 0 ? RESOLUTION_DELAY : null;
  const [four, six] = await Promise.all([within(patience, v4), within(patience, v6)]);
  const addresses = [...four.addresses, ...six.addresses];
  if (addresses.length > 0) return addresses;
  throw isMissing(four.error) ? (six.error ?? four.error) : four.error;
}

interface Settled {
  readonly addresses: readonly string[];
  readonly error?: unknown;
}

async function settle(answer: Promise<readonly string[]>): Promise<Settled> {
  try {
    return { addresses: await answer };
  } catch (error) {
    return { addresses: [], error };
  }
}

/** What is known after `ms`; all that will be, without a limit. */
function within(ms: number | null, answer: Promise<Settled>): Promise<Settled> {
  if (ms === null) return answer;
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, { addresses: [] });
    void answer.then((settled) => {
      clearTimeout(timer);
      resolve(settled);
    });
  });
}

function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOTFOUND' || code === 'ENODATA';
}

function systemSources(): NameSources {
  const resolver = new Resolver({ timeout: SERVER_TIMEOUT, tries: SERVER_TRIES });
  return {
    resolve: (name, family) => (family === 4 ? resolver.resolve4(name) : resolver.resolve6(name)),
    readHosts: () => readOptional('/etc/hosts'),
    readResolvConf: () => readOptional('/etc/resolv.conf'),
  };
}

/** A system without the file has nothing to say in it. */
async function readOptional(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}
