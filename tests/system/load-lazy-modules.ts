import { createNodeClient } from '#node-client';
import { newTestMessage, startTestNode } from '#testkit';

/**
 * Has undici load its parser, which it does at the first connection: Jest refuses to load anything between two tests, and among tests
 * that run side by side any moment may be one.
 */
export async function loadLazyModules(): Promise<void> {
  const server = await startTestNode();
  const client = createNodeClient({ allow: ['127.0.0.1'] });
  const node = {
    id: 'first',
    url: server.url,
    protocol: 'webhook',
    ordering: 'none',
    paused: false,
    policy: {},
    auth: { type: 'none' },
    secrets: [],
  } as const;
  await client.attempt(node, { ...newTestMessage(), createdAt: new Date() }, { timeout: 10 });
  await client.close();
  await server.close();
}
