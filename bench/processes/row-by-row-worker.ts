import { createHmac, randomUUID } from 'node:crypto';
import axios from 'axios';
import { createSealer } from '#core';
import { openDatabase, openNode, type Database } from '#persistence';
import { answerCalls } from '../machine/answer-calls.ts';
import { openJobs, type Consumer, type Jobs, type JobsOptions } from '../row-by-row/open-jobs.ts';

/** The design that ours is measured against: a job, a few queries and an axios call for each delivery. */
export interface RowByRowWorker {
  start(options: JobsOptions & { readonly secret: string; readonly concurrency: number }): Promise<void>;
  /** Puts a job for each pending delivery into the queue, and takes none of them yet; answers how many. */
  enqueue(): Promise<number>;
  run(): Promise<void>;
  /** Resolves when those under way have ended. */
  pause(): Promise<void>;
  stop(): Promise<void>;
}

const CONNECTIONS = 15;
const CHUNK = 500;
/** Ms until a failed delivery is due again. That job's delay is left out, which favours this design. */
const RETRY = 60_000;

let database: Database;
let jobs: Jobs;
let consumer: Consumer;

answerCalls<RowByRowWorker>({
  async start({ secret, concurrency, ...options }) {
    database = openDatabase({ url: options.databaseUrl, connections: CONNECTIONS, onError });
    jobs = openJobs(options);
    consumer = jobs.consume(concurrency, createDeliver(database, await loadReceivers(database, secret)));
  },
  async enqueue() {
    const pending = await database.prisma.delivery.findMany({ where: { state: 'pending' }, select: { id: true } });
    const ids = pending.map(({ id }) => String(id));
    for (let start = 0; start < ids.length; start += CHUNK) await jobs.add(ids.slice(start, start + CHUNK));
    return ids.length;
  },
  async run() {
    consumer.run();
  },
  pause: () => consumer.pause(),
  async stop() {
    await consumer.close();
    await jobs.close();
    await database.close();
  },
});

function onError(error: Error): void {
  throw error;
}

interface Receiver {
  readonly url: string;
  readonly key: Buffer;
}

/** The nodes, kept in memory: this design shall not lose by what it could easily do better. */
async function loadReceivers({ prisma }: Database, secret: string): Promise<ReadonlyMap<string, Receiver>> {
  const sealer = createSealer([secret]);
  const rows = await prisma.node.findMany();
  return new Map(
    rows.map((row) => {
      const { previousSecret: previous_secret, previousSecretUntil: previous_secret_until } = row;
      const node = openNode({ ...row, policy: {}, previous_secret, previous_secret_until }, sealer);
      const [signing] = node.secrets;
      return [row.id, { url: row.url, key: Buffer.from((signing?.value ?? '').replace('whsec_', ''), 'base64') }];
    }),
  );
}

function createDeliver({ prisma }: Database, receivers: ReadonlyMap<string, Receiver>) {
  return async (deliveryId: string): Promise<void> => {
    const id = BigInt(deliveryId);
    const delivery = await prisma.delivery.findUniqueOrThrow({ where: { id } });
    const message = await prisma.message.findUniqueOrThrow({ where: { id: delivery.messageId } });
    const receiver = receivers.get(delivery.nodeId);
    if (receiver === undefined || delivery.state !== 'pending') return;
    const startedAt = new Date();
    const { status } = await axios.post(receiver.url, Buffer.from(message.payload), {
      headers: headersOf(message, receiver.key),
      maxRedirects: 0,
      validateStatus: null,
      timeout: 30_000,
    });
    const attempts = delivery.attempts + 1;
    const duration = Date.now() - startedAt.getTime();
    const succeeded = status < 300;
    const end = succeeded
      ? ({ state: 'delivered', dueAt: null, deliveredAt: new Date() } as const)
      : { dueAt: new Date(Date.now() + RETRY) };
    await prisma.delivery.update({ where: { id }, data: { attempts, lastStatus: status, ...end } });
    const outcome = succeeded ? 'success' : 'http-error';
    await prisma.attempt.create({
      data: { deliveryId: id, number: attempts, startedAt, duration, status, outcome, lease: randomUUID() },
    });
  };
}

interface SentMessage {
  readonly id: string;
  readonly source: string;
  readonly senderId: string | null;
  readonly type: string;
  readonly contentType: string;
  readonly payload: Uint8Array;
  readonly createdAt: Date;
}

function headersOf(message: SentMessage, key: Buffer): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', key).update(`${message.id}.${timestamp}.`).update(message.payload);
  return {
    'content-type': message.contentType,
    'ce-specversion': '1.0',
    'ce-id': message.senderId ?? message.id,
    'ce-source': message.source,
    'ce-type': message.type,
    'ce-time': message.createdAt.toISOString(),
    'user-agent': 'row-by-row',
    'webhook-id': message.id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${signature.digest('base64')}`,
  };
}
