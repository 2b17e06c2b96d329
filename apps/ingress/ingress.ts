import { randomFillSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createAcceptMessages,
  createLiveRegistry,
  createSealer,
  createUuidV7,
  createWaker,
  type AcceptMessages,
  type Config,
  type LiveRegistry,
  type Report,
  type Waker,
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
import { connectQueue, type LaneQueue } from '#queue';
import { createHealth, createHealthHandler, type Metrics, type ReadinessCheck } from '#runtime';
import { createApp } from './app.ts';
import { createAuthentication } from './auth/authentication.ts';
import { createTokens } from './auth/tokens.ts';
import { createIntakeRouter } from './intake/router.ts';
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
