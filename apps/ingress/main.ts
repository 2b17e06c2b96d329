import { parseConfig } from '#core';
import { resolveSecret, runProcess } from '#runtime';
import { startIngress } from './ingress.ts';

await runProcess('ingress', {
  parseConfig,
  async start({ config, log, metrics, signal }) {
    if (config.database.url === 'embedded') {
      throw new Error(
        'database.url is "embedded", which serves one process: use npm start, or give the fleet a postgres:// URL',
      );
    }
    const secret = await resolveSecret(config);
    const ingress = await startIngress({
      config,
      databaseUrl: config.database.url,
      secret,
      report: log,
      metrics,
      signal,
      checks: {},
    });
    if (ingress.firstPassword !== null) {
      process.stdout.write(
        `\n  Administrator ${config.security.admin.username}, password ${ingress.firstPassword} (shown this once)\n\n`,
      );
    }
    return ingress;
  },
});
