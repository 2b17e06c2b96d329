import express, { type Express, type RequestHandler, type Router } from 'express';
import helmet from 'helmet';
import type { Report } from '#core';
import { createErrorHandler, notFound } from './http/error-handler.ts';

export interface AppOptions {
  /** The calls that hand in messages, authentication included. Mounted first: they are the hot path. */
  readonly intake: Router;
  /** Finds out who makes a request, or ends it with 401: see `createAuthentication`. */
  readonly authenticate: RequestHandler;
  readonly probes: Probes;
  readonly routers: Routers;
  readonly report: Report;
  /** `server.proxies`: whose X-Forwarded-For is believed. */
  readonly proxies?: readonly string[];
  /** Goes before everything but the probes: see `createRequestLimits`. */
  readonly limit?: RequestHandler;
}

/** What an orchestrator of containers and a Prometheus ask for. */
export interface Probes {
  readonly healthz: RequestHandler;
  readonly readyz: RequestHandler;
  readonly metrics: RequestHandler;
}

/** Where the other parts of the ingress put their routes. */
export interface Routers {
  /** Under `/`, without authentication: `POST /connect/token`. */
  readonly root: readonly Router[];
  /** Under `/api/v1`, without authentication: `POST /token`, `/openapi.json`. */
  readonly open: readonly Router[];
  /** Under `/api/v1`, behind authentication: `principalOf(request)` says who asks. Paths are relative: `router.get('/nodes', …)`. */
  readonly management: readonly Router[];
  /** Under `/`, each with its own authentication: the console, `/docs`, `/queues`. */
  readonly pages: readonly Router[];
}

/** The Express application: which route stands behind what. Everything thrown below is answered as a problem document. */
export function createApp(options: AppOptions): Express {
  const { intake, authenticate, probes, routers, report, proxies = [], limit } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // Without a proxy nothing that a header says of where a request comes from is believed.
  app.set('trust proxy', proxies.length === 0 ? false : [...proxies]);
  app.get('/healthz', probes.healthz);
  app.get('/readyz', probes.readyz);
  app.get('/metrics', probes.metrics);
  if (limit !== undefined) app.use(limit);
  app.use(intake);
  app.use(helmet());
  if (routers.root.length > 0) app.use(...routers.root);
  if (routers.open.length > 0) app.use('/api/v1', ...routers.open);
  app.use('/api/v1', authenticate, ...routers.management);
  if (routers.pages.length > 0) app.use(...routers.pages);
  app.use(notFound);
  app.use(createErrorHandler(report));
  return app;
}
