import { randomFillSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createAcceptMessages,
  createLiveRegistry,
  createSealer,
  createUuidV7,
  createWaker,
  type Config,
  type Report,
  type Sealer,
} from '#core';
import {
  createIntakeStore,
  createKeyStore,
  createNodeStore,
  createUserStore,
  openDatabase,
  prepareDatabase,
  watchNodes,
  type Database,
  type NodeStore,
} from '#persistence';
import { connectQueue } from '#queue';
import type { Metrics, ReadinessCheck } from '#runtime';
import { assemble } from './assemble.ts';
import { createNodeProbe } from './node-probe.ts';
import { createServer } from './server.ts';

export interface IngressOptions {
  readonly config: Config;
  /** `postgres://…` */
  readonly databaseUrl: string;
  /** `security.secret`, or the one made up. */
  readonly secret: string;
  readonly report: Report;
  readonly metrics: Metrics;
  /** Gives up the start. */
  readonly signal: AbortSignal;
  /** What else must be well for `/readyz`: the worker's checks, where it runs in this process. */
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
}

export interface IngressApp {
  /** `http://host:port` */
  readonly url: string;
  /** The password made up for the first administrator, to be told once; null when there is none to tell. */
  readonly firstPassword: string | null;
  stop(): Promise<void>;
}

/** Connections to the database: intake shares its statements, so most are for the management API. */
const CONNECTIONS = 15;

/** Seconds that requests under way have to end. */
const LONGEST_STOP = 20;

/** Starts to take messages and to answer whoever manages the system. */
export async function startIngress(options: IngressOptions): Promise<IngressApp> {
  const { config, databaseUrl, report, signal } = options;
  await prepareDatabase({ url: databaseUrl, report, signal });
  const queue = await connectQueue({ url: config.queue.url, databaseUrl, report });
  const database = openDatabase({
    url: databaseUrl,
    connections: CONNECTIONS,
    onError: (error) => report.warn('database.connection-lost', { error }),
  });
  const { previousSecret } = config.security;
  const sealer = createSealer(previousSecret === undefined ? [options.secret] : [options.secret, previousSecret]);
  const stores = openStores(database, sealer);
  const firstPassword = await stores.users.ensureFirstAdministrator(config.security.admin);
  const routing = await startRouting(stores.nodes, databaseUrl, report);
  const waker = createWaker((nodeIds) => queue.wake(nodeIds), report);
  const accept = createAcceptMessages({
    registry: routing.registry,
    intake: createIntakeStore(database),
    waker,
    nextId: createUuidV7({ now: Date.now, fill: randomFillSync }),
  });
  const probe = createNodeProbe(config);
  const { registry } = routing;
  const app = assemble({ ...options, sealer, database, stores, queue, registry, accept, waker, probe });
  const server = createServer(app, config.server);
  const { port } = await server.start();

  return {
    url: `http://${config.server.host.includes(':') ? `[${config.server.host}]` : config.server.host}:${port}`,
    firstPassword,
    async stop() {
      await server.stop(LONGEST_STOP);
      await waker.idle();
      await routing.stop();
      await Promise.allSettled([probe.close(), queue.close(), database.close()]);
    },
  };
}

function openStores(database: Database, sealer: Sealer) {
  const now = () => new Date();
  return {
    nodes: createNodeStore({ database, sealer, now }),
    keys: createKeyStore({ database }),
    users: createUserStore({ database, now }),
  };
}

/** The registry of nodes, kept fresh by what the database says of changes, wherever they were made. */
async function startRouting(nodes: NodeStore, url: string, report: Report) {
  let changed: () => void = () => undefined;
  const registry = createLiveRegistry({
    source: { load: () => nodes.loadAddresses(), onChange: (listener) => (changed = listener) },
    report,
    pause: (seconds) => sleep(seconds * 1000, undefined, { ref: false }),
  });
  await registry.start();
  const watch = watchNodes({ url, report, onChange: () => changed() });
  return { registry, stop: () => watch.stop() };
}
