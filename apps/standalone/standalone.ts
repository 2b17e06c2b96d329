import { startEmbeddedPostgres, type EmbeddedPostgres } from '#persistence';
import { resolveSecret, type ProcessContext, type Running } from '#runtime';
import type { Config } from '#core';
import { startIngress } from '../ingress/ingress.ts';
import { startWorker } from '../worker/worker.ts';
import { welcome } from './welcome.ts';

/** The whole system in one process: its own PostgreSQL unless another is configured, a worker, and the ingress once all else is up. */
export async function startStandalone({
  config,
  log: report,
  metrics,
  signal,
}: ProcessContext<Config>): Promise<Running> {
  const secret = await resolveSecret(config);
  const postgres = await startDatabase(config, report);
  const databaseUrl = postgres?.url ?? config.database.url;
  const shared = { config, databaseUrl, secret, report, metrics, signal };
  const started: Running[] = postgres === null ? [] : [{ stop: () => postgres.stop() }];
  const stop = async () => {
    for (const part of started.toReversed()) await part.stop();
  };
  try {
    const worker = await startWorker(shared);
    started.push(worker);
    const ingress = await startIngress({ ...shared, checks: worker.checks });
    started.push(ingress);
    process.stdout.write(
      welcome({ url: ingress.url, username: config.security.admin.username, password: ingress.firstPassword }),
    );
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startDatabase(config: Config, report: ProcessContext<Config>['log']): Promise<EmbeddedPostgres | null> {
  if (config.database.url !== 'embedded') return null;
  return startEmbeddedPostgres({ folder: config.database.path, report });
}
