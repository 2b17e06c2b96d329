import { hash, randomFillSync } from 'node:crypto';
import { createAcceptMessages, createLiveRegistry, createUuidV7, type MessageIntake } from '#core';
import { createLogger } from '#runtime';
import { createApp } from '../../apps/ingress/app.ts';
import { createAuthentication } from '../../apps/ingress/auth/authentication.ts';
import { createIntakeRouter } from '../../apps/ingress/intake/router.ts';
import { createServer } from '../../apps/ingress/server.ts';
import { answerCalls } from '../machine/answer-calls.ts';

/** The ingress's own application with nothing behind it: reads, authenticates, parses, checks, routes, logs and answers. */
export interface NoStoreIngress {
  /** Answers where it listens. Logs to standard output, as the ingress does. */
  start(options: {
    readonly secret: string;
    readonly key: string;
    readonly origin: string;
    readonly nodes: readonly string[];
  }): Promise<string>;
}

const nowhere: MessageIntake = {
  store: async ({ nodes }) => ({ kind: 'stored', unrouted: nodes.length === 0 }),
  storeAll: async (messages) => messages.map(({ nodes }) => ({ kind: 'stored', unrouted: nodes.length === 0 })),
};

/** `server.body`'s default. */
const LARGEST_BODY = 1_048_576;

answerCalls<NoStoreIngress>({
  async start({ key, origin, nodes }) {
    const report = createLogger({
      level: 'info',
      format: 'json',
      stream: process.stdout,
      facts: { process: 'ingress' },
    });
    const registry = createLiveRegistry({
      source: {
        load: async () => [origin, ...nodes].map((id) => ({ id, did: null, subscriptions: [] })),
        onChange: () => undefined,
      },
      report,
      pause: async () => undefined,
    });
    await registry.start();
    const accept = createAcceptMessages({
      registry,
      intake: nowhere,
      waker: { later: () => undefined, idle: async () => undefined },
      nextId: createUuidV7({ now: Date.now, fill: randomFillSync }),
    });
    const known = hash('sha256', key, 'hex');
    const { identify, authenticate } = createAuthentication({
      keys: {
        findKey: async (digest) => (digest.toString('hex') === known ? { nodeId: origin, keyId: 'bench' } : null),
        touchKey: async () => undefined,
      },
      findBearer: async () => null,
      report,
      now: Date.now,
    });
    const app = createApp({
      intake: createIntakeRouter({ identify, accept, largestBody: LARGEST_BODY, report }),
      authenticate,
      probes: { healthz: nothing, readyz: nothing, metrics: nothing },
      routers: { root: [], open: [], management: [], pages: [] },
      report,
    });
    const { port } = await createServer(app, { host: '127.0.0.1', port: 0 }).start();
    return `http://127.0.0.1:${port}`;
  },
});

function nothing(): void {}
