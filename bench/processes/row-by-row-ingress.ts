import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import { openDatabase, type Database } from '#persistence';
import { answerCalls } from '../machine/answer-calls.ts';
import { openJobs, type Jobs, type JobsOptions } from '../row-by-row/open-jobs.ts';

/** The design that ours is measured against: each message looked up, stored and enqueued for itself. */
export interface RowByRowIngress {
  /** Answers where it listens. */
  start(options: JobsOptions): Promise<string>;
}

const CONNECTIONS = 15;
/** Ms: more requests than connections shall only wait. */
const PATIENT = { maxWait: 60_000, timeout: 60_000 };

const messageSchema = z.object({
  id: z.string().max(1_000).optional(),
  type: z.string().min(1),
  destinations: z.array(z.string()).min(1),
  payload: z.unknown(),
});
const batchSchema = z.object({ messages: z.array(messageSchema).min(1).max(1_000) });

type NewMessage = z.infer<typeof messageSchema>;

answerCalls<RowByRowIngress>({
  async start(options) {
    const onError = (error: Error) => {
      throw error;
    };
    const database = openDatabase({ url: options.databaseUrl, connections: CONNECTIONS, onError });
    const app = createRoutes(database, openJobs(options));
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    server.keepAliveTimeout = 60_000;
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
});

function createRoutes(database: Database, jobs: Jobs) {
  const app = express();
  app.use(express.json({ limit: '1mb' }));
  const post = (path: string, take: (origin: string, request: Request) => Promise<unknown>) =>
    app.post(path, answer(database, take));
  post('/api/v1/messages', (origin, { body }) => accept(database, jobs, origin, messageSchema.parse(body)));
  post('/api/v1/messages/batch', async (origin, { body }) => {
    const messages: unknown[] = [];
    for (const message of batchSchema.parse(body).messages) {
      messages.push(await accept(database, jobs, origin, message));
    }
    return { messages };
  });
  return app;
}

function answer({ prisma }: Database, take: (origin: string, request: Request) => Promise<unknown>): RequestHandler {
  return async (request: Request, response: Response) => {
    const hash = createHash('sha256')
      .update(request.header('x-api-key') ?? '')
      .digest();
    const key = await prisma.nodeKey.findUnique({ where: { hash: Uint8Array.from(hash) } });
    if (key === null) return void response.status(401).end();
    response.status(202).json(await take(key.nodeId, request));
  };
}

/** Stored in one transaction, then a job for each delivery. */
async function accept({ prisma }: Database, jobs: Jobs, origin: string, { payload, ...message }: NewMessage) {
  const nodes = await prisma.node.findMany({ where: { id: { in: message.destinations } }, select: { id: true } });
  const id = randomUUID();
  const bytes = Buffer.from(JSON.stringify(payload));
  const digest = createHash('sha256').update(bytes).digest();
  const data = {
    id,
    origin,
    source: origin,
    senderId: message.id ?? null,
    type: message.type,
    contentType: 'application/json',
    payload: Uint8Array.from(bytes),
    size: bytes.length,
    digest: Uint8Array.from(digest),
    fingerprint: Uint8Array.from(digest),
  };
  const deliveries = await prisma.$transaction(async (tx) => {
    await tx.message.create({ data });
    const created: { id: bigint; nodeId: string }[] = [];
    for (const node of nodes) created.push(await tx.delivery.create({ data: { messageId: id, nodeId: node.id } }));
    return created;
  }, PATIENT);
  for (const delivery of deliveries) await jobs.add([String(delivery.id)]);
  return { id, deliveries: deliveries.map(({ nodeId }) => ({ node: nodeId, state: 'pending' })) };
}
