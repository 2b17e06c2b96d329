import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisTarget } from './parse-redis-url.ts';

/** A client of one server, or of a cluster. */
export type RedisConnection = Redis | Cluster;

type Options = Omit<RedisOptions, 'replyMapping'>;

/** What adds jobs fails fast: it never queues while there is no connection, and what hangs for 5 s has failed. */
const PRODUCER: Options = { enableOfflineQueue: false, maxRetriesPerRequest: 1, socketTimeout: 5_000 };

/** What takes jobs waits for ever for its server, as BullMQ demands; a blocking read ends within 10 s, so that 15 s of silence is a dead line. */
const CONSUMER: Options = { maxRetriesPerRequest: null, socketTimeout: 15_000 };

/** Opens the connection that jobs are added through; one for a whole process. */
export const openProducer = (target: RedisTarget): RedisConnection => open(target, PRODUCER);

/** Opens the connection that jobs are taken through; BullMQ duplicates it for its blocking reads. */
export const openConsumer = (target: RedisTarget): RedisConnection => open(target, CONSUMER);

function open(target: RedisTarget, role: Options): RedisConnection {
  const { mode, addresses, username, password, db, tls } = target;
  const options: Options = {
    ...role,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
    connectTimeout: 5_000,
    keepAlive: 10_000,
    retryStrategy: reconnectDelay,
    reconnectOnError: isReplica,
  };
  if (mode === 'cluster') return openCluster(target, options, role);
  if (mode === 'single') return new Redis({ ...options, ...addresses[0], db });
  return new Redis({ ...options, db, ...sentinelOptions(target) });
}

function openCluster(
  { addresses }: RedisTarget,
  redisOptions: Options,
  { enableOfflineQueue = true }: Options,
): Cluster {
  return new Cluster([...addresses], { redisOptions, enableOfflineQueue, clusterRetryStrategy: reconnectDelay });
}

function sentinelOptions({ addresses, master, sentinelUsername, sentinelPassword, tls }: RedisTarget): Options {
  return {
    sentinels: [...addresses],
    name: master,
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
