import type { NewMessage } from '#core';
import { createIntakeStore, migrate, openDatabase, type Database } from '#persistence';
import { createHash, randomUUID } from 'node:crypto';
import type { TestPostgres } from '../postgres/start-test-postgres.ts';

/** A migrated database of a test's own. The test closes it. */
export async function openTestStore(server: TestPostgres): Promise<Database> {
  const url = await server.createDatabase();
  await migrate(url);
  return openDatabase({ url, connections: 8, onError: () => undefined });
}

/** A message of node `terminal`, like any but for what a test says of it. */
export function newTestMessage(change: Partial<NewMessage> = {}): NewMessage {
  const payload = change.payload ?? Buffer.from('{"a":1}');
  return {
    id: randomUUID(),
    origin: 'terminal',
    source: 'did:web:terminal.example.org',
    senderId: null,
    type: 'container.gate-in',
    contentType: 'application/json',
    payload,
    digest: createHash('sha256').update(payload).digest(),
    fingerprint: Buffer.alloc(32, 2),
    recordedTime: null,
    eventType: null,
    attributes: null,
    nodes: [],
    ...change,
  };
}

/** Registers a webhook node that nobody listens at. */
export async function registerTestNode(
  database: Database,
  id: string,
  ordering: 'none' | 'fifo' = 'none',
): Promise<void> {
  await database.prisma.node.create({ data: { id, name: id, url: 'http://127.0.0.1', protocol: 'webhook', ordering } });
}

/** Stores so many messages, each to all the nodes. */
export async function storeTestMessages(
  database: Database,
  count: number,
  nodes: readonly string[],
): Promise<readonly NewMessage[]> {
  const messages = Array.from({ length: count }, () => newTestMessage({ nodes }));
  await createIntakeStore(database).storeAll(messages);
  return messages;
}
