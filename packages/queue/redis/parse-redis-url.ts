import { QueueError } from '../queue-error.ts';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** Where Redis or Valkey is and how to enter. */
export interface RedisTarget {
  readonly mode: 'single' | 'sentinel' | 'cluster';
  readonly tls: boolean;
  /** The server; the sentinels; some nodes of the cluster. At least one. */
  readonly addresses: readonly RedisAddress[];
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
  /** Sentinel's name for the group of servers. */
  readonly master: string;
  readonly sentinelUsername: string | undefined;
  readonly sentinelPassword: string | undefined;
}

const NOTATION =
  'redis://[user:password@]host[:port][/db], redis+sentinel://[user:password@]host[:port],host[:port][/master[/db]] or ' +
  'redis+cluster://[user:password@]host[:port],host[:port]; rediss for TLS';

const SHAPE = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?#@]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const ADDRESS = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i;
const DEFAULT_PORT = { single: 6379, cluster: 6379, sentinel: 26_379 };

/**
 * Reads a `queue.url` that names Redis. Sentinel and Cluster have several hosts, which a WHATWG URL can't hold, hence the notation of our
 * own. User, password and master are percent-encoded. Sentinels with credentials of their own: `?sentinelUsername=…&sentinelPassword=…`.
 *
 * @throws QueueError when it can't be read; the message holds no password.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const [, scheme, kind, credentials, hosts, path = '', query = ''] = SHAPE.exec(url) ?? [];
  if (scheme === undefined || hosts === undefined) throw unreadable('');
  const mode = kind === 'sentinel' || kind === 'cluster' ? kind : 'single';
  const addresses = hosts.split(',').map((text) => parseAddress(text, DEFAULT_PORT[mode]));
  if (mode === 'single' && addresses.length > 1)
    throw unreadable(': several hosts are for redis+sentinel and redis+cluster');
  const [username, password] = parseCredentials(credentials);
  const parameters = new URLSearchParams(query);
  return {
    mode,
    tls: scheme === 'rediss',
    addresses,
    username,
    password,
    ...parsePath(path, mode),
    sentinelUsername: parameters.get('sentinelUsername') ?? undefined,
    sentinelPassword: parameters.get('sentinelPassword') ?? undefined,
  };
}

/** How a target is named in logs and errors: without credentials. */
export function describeTarget({ mode, addresses }: RedisTarget): string {
  const hosts = addresses.map(({ host, port }) => `${host}:${port}`).join(',');
  return mode === 'single' ? `Redis at ${hosts}` : `Redis ${mode} at ${hosts}`;
}

function parseAddress(text: string, defaultPort: number): RedisAddress {
  const [, host, port] = ADDRESS.exec(text) ?? [];
  if (host === undefined || Number(port ?? 1) > 65_535 || Number(port ?? 1) < 1)
    throw unreadable(`: "${text}" is no host[:port]`);
  return { host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? defaultPort : Number(port) };
}

function parseCredentials(text: string | undefined): [string | undefined, string | undefined] {
  if (text === undefined) return [undefined, undefined];
  const colon = text.indexOf(':');
  // As with Redis's own notation, a lone word is the user name, and `:word` the password.
  const [username, password] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  return [decode(username) || undefined, decode(password) || undefined];
}

function parsePath(path: string, mode: RedisTarget['mode']): { master: string; db: number } {
  const parts = path.split('/').filter(Boolean).map(decode);
  const master = mode === 'sentinel' ? (parts.shift() ?? 'mymaster') : 'mymaster';
  const db = parts.shift() ?? '0';
  if (parts.length > 0 || !/^\d{1,4}$/.test(db)) throw unreadable(`: "${path}" is no database number`);
  if (mode === 'cluster' && db !== '0') throw unreadable(': a cluster has database 0 only');
  return { master, db: Number(db) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw unreadable(': user, password and master must be percent-encoded', { cause });
  }
}

function unreadable(detail: string, options?: ErrorOptions): QueueError {
  return new QueueError('QUEUE_URL', `queue.url can't be read${detail}. Expected "database", ${NOTATION}.`, options);
}
