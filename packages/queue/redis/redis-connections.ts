import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisAddress } from './redis-address.ts';

/** A client of one server, or of a cluster. */
export type RedisConnection = Redis | Cluster;

type Options = Omit<RedisOptions, 'replyMapping'>;

/** What adds jobs fails fast: it never queues while there is no connection, and what hangs for 5 s has failed. */
const PRODUCER = { enableOfflineQueue: false, maxRetriesPerRequest: 1, socketTimeout: 5_000 };

/** What takes jobs waits for ever for its server, as BullMQ demands; a blocking read ends within 10 s, so that 15 s of silence is a dead line. */
const CONSUMER = { enableOfflineQueue: true, maxRetriesPerRequest: null, socketTimeout: 15_000 };

/** Opens the connection that jobs are added through; one for a whole process. */
export const openProducer = (address: RedisAddress): RedisConnection => open(address, PRODUCER);

/** Opens the connection that jobs are taken through; BullMQ duplicates it for its blocking reads. */
export const openConsumer = (address: RedisAddress): RedisConnection => open(address, CONSUMER);

function open(address: RedisAddress, role: typeof PRODUCER | typeof CONSUMER): RedisConnection {
  const options: Options = {
    ...role,
    connectTimeout: 5_000,
    keepAlive: 10_000,
    retryStrategy: reconnectDelay,
    reconnectOnError: isReplica,
  };
  if (address.kind === 'redis') return new Redis(address.url, options);
  if (address.kind === 'sentinel') return new Redis({ ...options, ...login(address), ...sentinelOptions(address) });
  return new Cluster([...address.hosts], {
    redisOptions: { ...options, ...login(address) },
    enableOfflineQueue: role.enableOfflineQueue,
    clusterRetryStrategy: reconnectDelay,
  });
}

function login({ username, password, tls }: Exclude<RedisAddress, { kind: 'redis' }>): Options {
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
  };
}

function sentinelOptions(address: Extract<RedisAddress, { kind: 'sentinel' }>): Options {
  const { hosts, name, db, tls, sentinelUsername, sentinelPassword } = address;
  return {
    sentinels: [...hosts],
    name,
    db,
    sentinelRetryStrategy: reconnectDelay,
    enableTLSForSentinelMode: tls,
    ...(tls && { sentinelTLS: {} }),
    ...(sentinelUsername !== undefined && { sentinelUsername }),
    ...(sentinelPassword !== undefined && { sentinelPassword }),
  };
}

/** Ms before the n-th try to connect again: soon at first, and never more than 2 s, so that a server is found as soon as it is back. */
const reconnectDelay = (n: number) => Math.min(100 * n, 2_000);

/** After a failover we may still be connected to what has become a replica: connect anew. */
const isReplica = (error: Error) => error.message.startsWith('READONLY');
