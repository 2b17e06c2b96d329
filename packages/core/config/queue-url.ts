/** Where the queue is: what a `queue.url` says, taken apart. */
export type QueueAddress =
  | { readonly kind: 'database' }
  /** As ioredis takes it. */
  | { readonly kind: 'redis'; readonly url: string }
  | ({
      readonly kind: 'sentinel';
      /** What the Sentinels call the primary. */
      readonly name: string;
      readonly db: number;
      /** For the Sentinels themselves; username and password are for the Redis servers behind them. */
      readonly sentinelUsername?: string;
      readonly sentinelPassword?: string;
    } & RedisServers)
  | ({ readonly kind: 'cluster' } & RedisServers);

export interface RedisServers {
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
}

const SENTINEL_PORT = 26_379;
const REDIS_PORT = 6_379;
const SEVERAL_HOSTS =
  /^(rediss?)\+(sentinel|cluster):\/\/(?:([^@/?]*)@)?([^@/?]+)(?:\/([^/?]*))?(?:\/(\d+))?(?:\?(.*))?$/;

/**
 * Reads a `queue.url`; null when it is none:
 * - `database`
 * - `redis://user:password@host:port/db`, `rediss://…` for TLS
 * - `redis+sentinel://user:password@host:port,host:port/name/db?sentinelUsername=…&sentinelPassword=…`, `rediss+sentinel://…`
 * - `redis+cluster://user:password@host:port,host:port`, `rediss+cluster://…`
 *
 * Everything but hosts can be left out, a Sentinel's `name` excepted. User names and passwords are percent-encoded.
 */
export function readQueueUrl(url: string): QueueAddress | null {
  if (url === 'database') return { kind: 'database' };
  try {
    return readSeveralHosts(url) ?? readOneHost(url);
  } catch (error) {
    // A percent sign that encodes nothing.
    if (error instanceof URIError) return null;
    throw error;
  }
}

function readOneHost(url: string): QueueAddress | null {
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) return null;
  const { hostname, pathname, username, password } = new URL(url);
  decodeURIComponent(username + password);
  return hostname !== '' && /^\/?\d*$/.test(pathname) ? { kind: 'redis', url } : null;
}

function readSeveralHosts(url: string): QueueAddress | null {
  const [, scheme, kind, userInfo, hostList = '', path = '', db = '0', query = ''] = SEVERAL_HOSTS.exec(url) ?? [];
  const hosts = hostList.split(',').map((host) => readHost(host, kind === 'sentinel' ? SENTINEL_PORT : REDIS_PORT));
  if (!hosts.every((host) => host !== null)) return null;
  const servers = { hosts, tls: scheme === 'rediss', ...readUserInfo(userInfo) };
  if (kind === 'cluster') return path === '' && query === '' ? { kind, ...servers } : null;
  if (kind !== 'sentinel' || path === '') return null;
  return { kind, name: decodeURIComponent(path), db: Number(db), ...servers, ...readSentinelLogin(query) };
}

function readHost(text: string, defaultPort: number): { host: string; port: number } | null {
  if (text === '' || !URL.canParse(`redis://${text}`)) return null;
  const { hostname, port } = new URL(`redis://${text}`);
  return hostname === '' ? null : { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || defaultPort) };
}

function readUserInfo(userInfo = ''): { username?: string; password?: string } {
  const [username = '', ...rest] = userInfo.split(':');
  const password = rest.join(':');
  return {
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
  };
}

function readSentinelLogin(query: string): { sentinelUsername?: string; sentinelPassword?: string } {
  const parameters = new URLSearchParams(query);
  const sentinelUsername = parameters.get('sentinelUsername');
  const sentinelPassword = parameters.get('sentinelPassword');
  return {
    ...(sentinelUsername !== null && { sentinelUsername }),
    ...(sentinelPassword !== null && { sentinelPassword }),
  };
}
