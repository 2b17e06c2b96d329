import { openDatabase } from '#persistence';
import { createMetrics, type Metrics } from '#runtime';
import { recordingReport, type BackEnd, type RecordingReport } from '#testkit';
import { startIngress } from '../../apps/ingress/ingress.ts';
import { startWorker, type WorkerApp } from '../../apps/worker/worker.ts';
import { openApi, type Api } from './api.ts';
import { registerNodes, type RegisteredNodes } from './registered-node.ts';
import { testConfig, type ConfigChange } from './test-config.ts';

export interface TestSystem extends Api, Pick<RegisteredNodes, 'node' | 'forgetNodes'> {
  /** All that ingress and workers reported. */
  readonly report: RecordingReport;
  /** The text of the ingress's `/metrics`. */
  metrics(): Promise<string>;
  /** The sum over all workers, also ended ones, of a metric's samples that have these labels. */
  measured(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  /** Asks the database, beside the system: for what the API does not show, and for ages set by hand. */
  query(sql: string, values?: readonly unknown[]): Promise<Readonly<Record<string, unknown>>[]>;
  /** Ends the workers and leaves the ingress. */
  stopWorker(): Promise<void>;
  /** Starts a worker unless there is one. */
  startWorker(): Promise<void>;
  /** Starts one worker more. */
  addWorker(): Promise<void>;
  /** Ends all, the nodes registered by `node` too. */
  stop(): Promise<void>;
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
  const config = testConfig({ ...change, queue: { url: queueUrl } });
  const report = recordingReport();
  const { secret = '', admin } = config.security;
  const shared = { config, databaseUrl, secret, report, signal: new AbortController().signal };
  const ingress = await startIngress({ ...shared, metrics: createMetrics({ process: 'ingress' }), checks: {} });
  const api = await openApi(ingress.url, admin.password ?? '');
  const { closeNodes, ...nodes } = registerNodes(api);
  const database = openDatabase({ url: databaseUrl, connections: 2, onError: () => undefined });
  const allMetrics: Metrics[] = [];
  let workers: WorkerApp[] = [];

  async function addWorker(): Promise<void> {
    const metrics = createMetrics({ process: 'worker' });
    allMetrics.push(metrics);
    workers.push(await startWorker({ ...shared, metrics }));
  }
  async function stopWorker(): Promise<void> {
    const ending = workers;
    workers = [];
    await Promise.all(ending.map((worker) => worker.stop()));
  }
  for (let i = 0; i < wanted; i += 1) await addWorker();

  return {
    ...api,
    ...nodes,
    report,
    metrics: async () => (await fetch(`${ingress.url}/metrics`)).text(),
    async measured(name, labels = {}) {
      const pages = await Promise.all(allMetrics.map((metrics) => metrics.render()));
      return pages.reduce((sum, { text }) => sum + sumOf(text, name, labels), 0);
    },
    query: async (sql, values = []) => (await database.pool.query<Record<string, unknown>>(sql, [...values])).rows,
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
