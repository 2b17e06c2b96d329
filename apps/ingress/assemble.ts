import type { Express } from 'express';
import {
  createPurge,
  type AcceptMessages,
  type Config,
  type LiveRegistry,
  type Report,
  type Sealer,
  type Waker,
  VERSION,
} from '#core';
import {
  createAuditStore,
  createDeliveryStore,
  createEvidenceStore,
  createFleetStore,
  createLogStore,
  createMessageStore,
  createOverviewStore,
  createPurgeStore,
  createStatsStore,
  resealNodes,
  type Database,
  type KeyStore,
  type NodeStore,
  type UserStore,
} from '#persistence';
import type { LaneQueue } from '#queue';
import { createHealth, createHealthHandler, measurePool, type Metrics, type ReadinessCheck } from '#runtime';
import { createApp } from './app.ts';
import { openAuthentication } from './auth/open-authentication.ts';
import { createRequestLimits } from './auth/request-limit.ts';
import { createEvidenceSigner } from './evidence/sign-evidence.ts';
import { freshStores } from './fresh-stores.ts';
import { createIntakeRouter } from './intake/router.ts';
import { createManagement } from './management/management.ts';
import { measureAccepted, measureSystem } from './ingress-metrics.ts';
import type { Changes } from './management/overview/changes.ts';
import type { NodeProbe } from './node-probe.ts';
import { createApiDocs } from './pages/api-docs.ts';
import { createConsole } from './pages/console.ts';
import { createQueueDashboard } from './pages/queue-dashboard.ts';

export interface Parts {
  readonly config: Config;
  readonly secret: string;
  readonly sealer: Sealer;
  readonly report: Report;
  readonly metrics: Metrics;
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
  readonly database: Database;
  readonly stores: { readonly nodes: NodeStore; readonly keys: KeyStore; readonly users: UserStore };
  readonly queue: LaneQueue;
  readonly registry: LiveRegistry;
  readonly accept: AcceptMessages;
  readonly waker: Waker;
  readonly probe: NodeProbe;
  readonly changes: Changes;
}

/** Puts the application together from its parts. */
export function assemble(parts: Parts): Express {
  const { config, secret, database, stores, registry, queue, report } = parts;
  const accept = measureAccepted(parts.metrics, parts.accept);
  const limits = createRequestLimits(config.security.limits);
  const { identify, authenticate, forget, tokens, signInParty } = openAuthentication({ ...parts, limits });
  const fresh = freshStores(stores, { refresh: () => registry.refresh(), forget });
  const largestBody = config.server.body;
  const { root, open, management } = createManagement({
    ports: { ...portsOf(parts), ...fresh, tokens, signInParty, logInPool: database.pool },
    secret,
    largestBody,
    version: VERSION,
  });
  const answer = healthHandler(parts);
  return createApp({
    intake: createIntakeRouter({ identify, accept, largestBody, report }),
    authenticate,
    probes: { healthz: answer, readyz: answer, metrics: answer },
    routers: {
      root,
      open,
      management,
      pages: [createApiDocs(), createQueueDashboard({ queue, identify }), createConsole(report)],
    },
    report,
    proxies: config.server.proxies,
    limit: limits.byAddress,
  });
}

function portsOf(parts: Parts) {
  const { config, secret, sealer, database, metrics, report, queue, waker, probe, changes } = parts;
  const stats = createStatsStore({ database, now: () => performance.now() });
  measureSystem(metrics, { stats, queue, report });
  measurePool(metrics, 'ingress', database.pool);
  const log = createLogStore(database);
  return {
    messages: createMessageStore(database),
    deliveries: createDeliveryStore(database),
    stats,
    log,
    overview: createOverviewStore({ database, now: () => performance.now() }),
    fleet: createFleetStore(database),
    changes,
    policy: config.delivery,
    audit: createAuditStore(database),
    evidence: createEvidenceStore(database),
    signer: createEvidenceSigner(secret, config.security.previousSecret),
    reseal: (actor: string) => resealNodes(database, sealer, actor),
    purge: createPurge({
      store: createPurgeStore(database),
      ages: config.purge,
      log: (entry) => log.append(entry),
      report,
      onPurged: () => undefined,
    }),
    checkNode: (node: Parameters<NodeProbe['checkNode']>[0]) => probe.checkNode(node),
    ping: (node: Parameters<NodeProbe['ping']>[0]) => probe.ping(node),
    wake: (nodeIds: readonly string[]) => waker.later(nodeIds),
    workers: () => queue.workers(),
  };
}

function healthHandler({ metrics, report, database, queue, checks }: Parts) {
  return createHealthHandler(
    createHealth({
      metrics,
      log: report,
      checks: {
        database: async () => {
          await database.pool.query('SELECT 1');
          return null;
        },
        queue: () => Promise.resolve(queue.isReachable() ? null : 'does not answer'),
        ...checks,
      },
    }),
  );
}
