import { Queue, Worker } from 'bullmq';
import { Cluster } from 'ioredis';
import type { Report } from '#core';
import type { BackEnd } from '../back-end.ts';
import { createErrorSink } from '../error-sink.ts';
import { EVENTS_KEPT, QUEUES } from '../settings.ts';
import { within } from '../within.ts';
import { checkRedis } from './check-redis.ts';
import { nameRedis, type RedisAddress } from './redis-address.ts';
import { openConsumer, openProducer, type RedisConnection } from './redis-connections.ts';

/** Ms that a start waits for Redis. After that it goes on without: senders are served and due lanes found in PostgreSQL. */
const START_WAIT = 10_000;

/** Seconds. */
const PROBE_KEPT = 60;

/**
 * BullMQ on Redis or Valkey, one server, behind Sentinel, or a Cluster. A server that does not answer is waited for in the background.
 *
 * @throws QueueError when the server answers and may evict, or is too old.
 */
export async function openRedisBackEnd(address: RedisAddress, report: Report): Promise<BackEnd> {
  const name = nameRedis(address);
  // In a cluster all keys of a script must lie in one slot, which the braces see to.
  const prefix = address.kind === 'cluster' ? '{orchestrator}' : 'orchestrator';
  const producer = openProducer(address);
  producer.on('error', createErrorSink(report, 'queue.error', { backEnd: name }));
  let consumer: RedisConnection | undefined;

  const ready = new Promise((resolve) => producer.once('ready', resolve));
  if (await within(START_WAIT, ready)) {
    await inspectOrClose(producer, name);
  } else {
    report.error('queue.unreachable-at-start', { backEnd: name });
  }
  producer.on('ready', () => {
    // A server that has become unfit while we run, after a failover for example, is no reason to stop, but one to be told.
    inspect(producer, name).catch((error: Error) =>
      report.error('queue.unfit', { backEnd: name, error: error.message }),
    );
  });
  return {
    name,
    openQueue(queue) {
      const opened = new Queue(QUEUES[queue], {
        connection: producer,
        prefix,
        streams: { events: { maxLen: EVENTS_KEPT } },
      });
      opened.on('error', createErrorSink(report, 'queue.error', { backEnd: name, queue }));
      return opened;
    },
    openWorker(queue, processor, settings) {
      consumer ??= openConsumer(address);
      return new Worker(QUEUES[queue], processor, { ...settings, connection: consumer, prefix, autorun: false });
    },
    // A write: a Redis whose memory is full answers a PING and takes no jobs.
    probe: () => producer.set(`${prefix}:probe`, '', 'EX', PROBE_KEPT),
    onReconnect: (listener) => void producer.on('ready', listener),
    close: async () => {
      producer.disconnect();
      consumer?.disconnect();
    },
  };
}

async function inspectOrClose(connection: RedisConnection, name: string): Promise<void> {
  try {
    await inspect(connection, name);
  } catch (error) {
    connection.disconnect();
    throw error;
  }
}

async function inspect(connection: RedisConnection, name: string): Promise<void> {
  const servers = connection instanceof Cluster ? connection.nodes('master') : [connection];
  for (const server of servers) checkRedis(await server.info(), name);
}
