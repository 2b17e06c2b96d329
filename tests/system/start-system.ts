import { createMetrics } from '#runtime';
import { recordingReport, type BackEnd, type RecordingReport } from '#testkit';
import { startIngress } from '../../apps/ingress/ingress.ts';
import { startWorker } from '../../apps/worker/worker.ts';
import { openApi, type Api } from './api.ts';
import { testConfig, type ConfigChange } from './test-config.ts';

export interface TestSystem extends Api {
  /** All that ingress and worker reported. */
  readonly report: RecordingReport;
  /** The text of `/metrics`. */
  metrics(): Promise<string>;
  /** Ends the worker and leaves the ingress. */
  stopWorker(): Promise<void>;
  startWorker(): Promise<void>;
  stop(): Promise<void>;
}

export interface SystemOptions {
  readonly config?: ConfigChange;
  /** Default: true. */
  readonly worker?: boolean;
}

/** Ingress and worker in this process, wired as the real ones are, on the servers of a back end. */
export async function startSystem(
  { databaseUrl, queueUrl }: Pick<BackEnd, 'databaseUrl' | 'queueUrl'>,
  { config: change = {}, worker: withWorker = true }: SystemOptions = {},
): Promise<TestSystem> {
  const config = testConfig({ ...change, queue: { url: queueUrl } });
  const report = recordingReport();
  const { secret = '', admin } = config.security;
  const shared = { config, databaseUrl, secret, report, signal: new AbortController().signal };
  const openWorker = () => startWorker({ ...shared, metrics: createMetrics({ process: 'worker' }) });
  const ingress = await startIngress({ ...shared, metrics: createMetrics({ process: 'ingress' }), checks: {} });
  let worker = withWorker ? await openWorker() : undefined;
  const api = await openApi(ingress.url, admin.password ?? '');

  async function stopWorker(): Promise<void> {
    await worker?.stop();
    worker = undefined;
  }
  return {
    ...api,
    report,
    metrics: async () => (await fetch(`${ingress.url}/metrics`)).text(),
    stopWorker,
    async startWorker() {
      worker ??= await openWorker();
    },
    async stop() {
      await stopWorker();
      await ingress.stop();
    },
  };
}
