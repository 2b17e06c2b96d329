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
  createOverviewStore,
  createTallyWriter,
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
import { tallied } from './intake/tallied.ts';
import { createChanges } from './management/overview/changes.ts';
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

/**
 * Connections to the database: apart, so that a list that somebody waits for holds up nobody who hands in messages. Statements of intake
 * are as short as their limits make them: the largest batch there may be took 3 to 4 s on two busy cores.
 */
const POOLS = {
  intake: { connections: 8, statementTimeout: 10_000 },
  management: { connections: 8, statementTimeout: 20_000 },
};

/** Seconds that requests under way have to end. */
const LONGEST_STOP = 20;

/** Starts to take messages and to answer whoever manages the system. */
export async function startIngress(options: IngressOptions): Promise<IngressApp> {
  const { config, databaseUrl, report, signal } = options;
  await prepareDatabase({ url: databaseUrl, report, signal });
  const queue = await connectQueue({ url: config.queue.url, databaseUrl, report });
  const onError = (error: Error) => report.warn('database.connection-lost', { error });
  const front = openDatabase({ url: databaseUrl, ...POOLS.intake, onError });
  const database = openDatabase({ url: databaseUrl, ...POOLS.management, onError });
  const { previousSecret } = config.security;
  const sealer = createSealer(previousSecret === undefined ? [options.secret] : [options.secret, previousSecret]);
  const stores = openStores({ front, database }, sealer);
  const firstPassword = await stores.users.ensureFirstAdministrator(config.security.admin);
  const routing = await startRouting(stores.nodes, databaseUrl, report);
  const waker = createWaker((nodeIds) => queue.wake(nodeIds), report);
  const tallies = createTallyWriter({ pool: database.pool, report, now: monotonic });
  const accept = tallied(
    createAcceptMessages({
      registry: routing.registry,
      intake: createIntakeStore(front),
      waker,
      nextId: createUuidV7({ now: Date.now, fill: randomFillSync }),
    }),
    tallies,
  );
  const changes = createChanges({ stamp: createOverviewStore({ database, now: monotonic }).stamp, report });
  const probe = createNodeProbe(config);
  const { registry } = routing;
  const parts = { ...options, sealer, database, stores, queue, registry, accept, waker, probe, changes };
  const app = assemble(parts);
  const server = createServer(app, config.server);
  const { port } = await server.start();

  return {
    url: `http://${config.server.host.includes(':') ? `[${config.server.host}]` : config.server.host}:${port}`,
    firstPassword,
    async stop() {
      changes.stop();
      await server.stop(LONGEST_STOP);
      await waker.idle();
      await tallies.stop();
      await routing.stop();
      await Promise.allSettled([probe.close(), queue.close(), front.close(), database.close()]);
    },
  };
}

const monotonic = () => performance.now();

/** What intake asks with each request goes over its own connections. */
function openStores({ front, database }: Readonly<Record<'front' | 'database', Database>>, sealer: Sealer) {
  const now = () => new Date();
  return {
    nodes: createNodeStore({ database, sealer, now }),
    keys: createKeyStore({ database: front }),
    users: createUserStore({ database: front, now }),
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
