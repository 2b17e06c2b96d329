import type { QueueAddress } from '#core';

/** Where Redis or Valkey is: one server, behind Sentinels, or a Cluster. */
export type RedisAddress = Exclude<QueueAddress, { kind: 'database' }>;

/** How it is named in logs and errors: without credentials. */
export function nameRedis(address: RedisAddress): string {
  if (address.kind === 'redis') {
    const { hostname, port } = new URL(address.url);
    return `Redis at ${hostname}:${port || 6379}`;
  }
  return `Redis ${address.kind} at ${address.hosts.map(({ host, port }) => `${host}:${port}`).join(',')}`;
}
