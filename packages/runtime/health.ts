import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Metrics } from './metrics.ts';

/** Looks at one thing that readiness hangs on: null when it is well, else what is wrong, fit for everyone's eyes. A rejection is told as "failed". */
export type ReadinessCheck = () => Promise<string | null>;

export interface HealthOptions {
  /** False once the process should be replaced. */
  readonly isLive?: () => boolean;
  /** By name: `database`, `queue`, `lanes`. */
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
  readonly metrics: Pick<Metrics, 'render'>;
  /** Told when readiness is lost and when it is back, with the errors behind it. */
  readonly log: { warn(event: string, facts?: Facts): void; info(event: string, facts?: Facts): void };
}

type Facts = Readonly<Record<string, unknown>>;

export interface HealthAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** The answers of `/healthz`, `/readyz` and `/metrics`, apart from any server. */
export interface Health {
  /** Null when the path is none of the three. */
  answer(path: string): Promise<HealthAnswer> | null;
}

/** A check that takes longer has failed. Milliseconds. */
const LONGEST_CHECK = 2_000;

interface Finding {
  readonly reason: string | null;
  readonly error?: unknown;
}

export function createHealth({ isLive = () => true, checks, metrics, log }: HealthOptions): Health {
  let wasReady = true;
  let underWay: Promise<HealthAnswer> | null = null;

  async function answerReady(): Promise<HealthAnswer> {
    const found = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await run(check)] as const),
    );
    const failed = found.filter(([, { reason }]) => reason !== null);
    const isReady = failed.length === 0;
    if (wasReady && !isReady) log.warn('process.unready', { failed: Object.fromEntries(failed) });
    if (!wasReady && isReady) log.info('process.ready');
    wasReady = isReady;
    const shown = Object.fromEntries(found.map(([name, { reason }]) => [name, reason ?? 'ok']));
    return json(isReady ? 200 : 503, { ready: isReady, checks: shown });
  }

  /** However many ask at once, the database is asked once. */
  function answerReadyOnce(): Promise<HealthAnswer> {
    underWay ??= answerReady().finally(() => (underWay = null));
    return underWay;
  }

  async function answerMetrics(): Promise<HealthAnswer> {
    const { contentType, text } = await metrics.render();
    return { status: 200, contentType, body: text };
  }

  return {
    answer(path) {
      if (path === '/healthz') return Promise.resolve(json(isLive() ? 200 : 503, { live: isLive() }));
      if (path === '/readyz') return answerReadyOnce();
      return path === '/metrics' ? answerMetrics() : null;
    },
  };
}

async function run(check: ReadinessCheck): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => resolve({ reason: `no answer within ${LONGEST_CHECK / 1_000} s` }), LONGEST_CHECK);
  });
  try {
    return await Promise.race([check().then((reason) => ({ reason })), late]);
  } catch (error) {
    return { reason: 'failed', error };
  } finally {
    clearTimeout(timer);
  }
}

function json(status: number, document: unknown): HealthAnswer {
  return { status, contentType: 'application/json', body: `${JSON.stringify(document)}\n` };
}

/** The answers as a request handler: fits `node:http`, and Express as middleware. What is not for it goes to `next`. */
export function createHealthHandler(
  health: Health,
): (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void {
  return (request, response, next) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const answer = isRead ? health.answer((request.url ?? '/').replace(/\?.*$/s, '')) : null;
    if (answer === null) return next();
    return void answer.then((given) => send(response, given), next);
  };
}

function send(response: ServerResponse, { status, contentType, body }: HealthAnswer): void {
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' }).end(body);
}
