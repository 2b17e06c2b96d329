import { fleetDatabaseUrl, parseConfig } from '#core';
import { resolveSecret, runProcess, serveHealth } from '#runtime';
import { startWorker } from './worker.ts';

await runProcess('worker', {
  parseConfig,
  async start({ config, log, metrics, signal }) {
    const databaseUrl = fleetDatabaseUrl(config);
    const secret = await resolveSecret(config);
    const worker = await startWorker({ config, databaseUrl, secret, report: log, metrics, signal });
    const { host } = config.server;
    const health = await serveHealth({ host, port: config.worker.port, checks: worker.checks, metrics, log });
    return {
      async stop() {
        await worker.stop();
        await health.close();
      },
    };
  },
});
