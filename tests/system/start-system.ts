import { openDatabase, type Database } from '#persistence';
import { createMetrics, type Metrics } from '#runtime';
import { recordingReport, type BackEnd, type RecordingReport } from '#testkit';
import { startIngress } from '../../apps/ingress/ingress.ts';
import { startWorker, type WorkerApp } from '../../apps/worker/worker.ts';
import { openApi, type Api } from './api.ts';
import { loadLazyModules } from './load-lazy-modules.ts';
import { registerNodes, type RegisteredNodes } from './registered-node.ts';
import { keepInMind, linesOf, mustStaySecret } from './secrets.ts';
import { testConfig, type ConfigChange } from './test-config.ts';
import { waitUntil } from './wait-until.ts';

export interface TestSystem extends Api, Pick<RegisteredNodes, 'node'> {
  /** All that ingress and workers reported. */
  readonly report: RecordingReport;
  /** The text of the ingress's `/metrics`. */
  metrics(): Promise<string>;
  /** What `/metrics` of each worker shows, in the order they were started. */
  workerMetrics(): Promise<string[]>;
  /** The sum over all workers, also ended ones, of a metric's samples that have these labels. */
  measured(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  /** The same for each worker, in the order they were started. */
  measuredByWorker(name: string, labels?: Readonly<Record<string, string>>): Promise<number[]>;
  /** Asks the database, beside the system: for what the API does not show, and for ages set by hand. */
  query(sql: string, values?: readonly unknown[]): Promise<Readonly<Record<string, unknown>>[]>;
  /** Holds up whoever writes to a table, until it is released. */
  blockWrites(table: 'message' | 'delivery' | 'attempt' | 'lane'): Promise<WriteLock>;
  /** Cuts every connection to the database but that of `query`, as a restart of it does. */
  cutConnections(): Promise<void>;
  /** Ends the workers and leaves the ingress. */
  stopWorker(): Promise<void>;
  /** Starts a worker unless there is one. */
  startWorker(): Promise<void>;
  /** Starts one worker more. */
  addWorker(): Promise<void>;
  /** Ends all, the nodes registered by `node` too. Throws when a secret that went in or out was told in the log. */
  stop(): Promise<void>;
}

export interface WriteLock {
  /** Resolves once someone is held up. */
  someoneWaits(): Promise<void>;
  release(): Promise<void>;
}

export interface SystemOptions {
  readonly config?: ConfigChange;
  /** Default: one. */
  readonly workers?: number;
}

/** Ingress and workers in this process, wired as the real ones are, on the servers of a back end. */
export async function startSystem(
  { databaseUrl, queueUrl }: Pick<BackEnd, 'databaseUrl' | 'queueUrl'>,
  { config: change = {}, workers: wanted = 1 }: SystemOptions = {},
): Promise<TestSystem> {
  await loadLazyModules();
  const config = testConfig({ ...change, queue: { url: queueUrl } });
  const report = recordingReport();
  const { secret = '', admin } = config.security;
  keepInMind(config.security);
  const shared = { config, databaseUrl, secret, report, signal: new AbortController().signal };
  const ingress = await startIngress({ ...shared, metrics: createMetrics({ process: 'ingress' }), checks: {} });
  const api = await openApi(ingress.url, admin.password ?? '');
  const { node, closeNodes } = registerNodes(api);
  const database = openDatabase({ url: databaseUrl, connections: 1, onError: () => undefined });
  const allMetrics: Metrics[] = [];
  let workers: WorkerApp[] = [];

  async function addWorker(): Promise<void> {
    const metrics = createMetrics({ process: 'worker' });
    allMetrics.push(metrics);
    workers.push(await startWorker({ ...shared, metrics }));
  }
  async function measuredByWorker(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number[]> {
    const pages = await Promise.all(allMetrics.map((metrics) => metrics.render()));
    return pages.map(({ text }) => sumOf(text, name, labels));
  }
  async function stopWorker(): Promise<void> {
    const ending = workers;
    workers = [];
    await Promise.all(ending.map((worker) => worker.stop()));
  }
  for (let i = 0; i < wanted; i += 1) await addWorker();

  return {
    ...api,
    node,
    report,
    metrics: async () => (await fetch(`${ingress.url}/metrics`)).text(),
    workerMetrics: async () =>
      (await Promise.all(allMetrics.map((metrics) => metrics.render()))).map(({ text }) => text),
    measuredByWorker,
    measured: async (name, labels) => (await measuredByWorker(name, labels)).reduce((sum, value) => sum + value, 0),
    query: async (sql, values = []) => (await database.pool.query<Record<string, unknown>>(sql, [...values])).rows,
    blockWrites: (table) => blockWrites(database, table),
    async cutConnections() {
      await database.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
    },
    stopWorker,
    async startWorker() {
      if (workers.length === 0) await addWorker();
    },
    addWorker,
    async stop() {
      await stopWorker();
      await ingress.stop();
      await closeNodes();
      await database.close();
      mustStaySecret(await linesOf(report.reported));
    },
  };
}

async function blockWrites({ url }: Database, table: string): Promise<WriteLock> {
  const { pool, close } = openDatabase({ url, connections: 2, onError: () => undefined });
  const client = await pool.connect();
  await client.query('BEGIN');
  await client.query(`LOCK TABLE ${table} IN SHARE MODE`);
  const waiting = async (): Promise<number> => {
    const sql = `SELECT count(*)::int AS count FROM pg_locks WHERE NOT granted AND relation = $1::regclass`;
    return (await pool.query<{ count: number }>(sql, [table])).rows[0]?.count ?? 0;
  };
  return {
    async someoneWaits() {
      await waitUntil(waiting, (count) => count > 0);
    },
    async release() {
      await client.query('ROLLBACK');
      client.release();
      await close();
    },
  };
}

/** Of Prometheus' text format: `name{label="value",…} number`. */
function sumOf(text: string, name: string, labels: Readonly<Record<string, string>>): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && wanted.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
