import { parseConfig } from '#core';
import { resolveSecret, runProcess, serveHealth } from '#runtime';
import { startWorker } from './worker.ts';

await runProcess('worker', {
  parseConfig,
  async start({ config, log, metrics, signal }) {
    if (config.database.url === 'embedded') {
      throw new Error(
        'database.url is "embedded", which serves one process: use npm start, or give the fleet a postgres:// URL',
      );
    }
    const secret = await resolveSecret(config);
    const worker = await startWorker({
      config,
      databaseUrl: config.database.url,
      secret,
      report: log,
      metrics,
      signal,
    });
    const health = await serveHealth({
      host: config.server.host,
      port: config.worker.port,
      checks: worker.checks,
      metrics,
      log,
    });
    return {
      async stop() {
        await worker.stop();
        await health.close();
      },
    };
  },
});
